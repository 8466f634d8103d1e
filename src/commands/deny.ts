/** `/deny`: refuses what waits for the operator; the agent hears why. */
import { decider } from "./decide.ts";

export const deny = decider(false, {
  name: "deny",
  aliases: ["disapprove"],
  summary: "Refuse what waits for your decision, with a reason if you like",
  usage: "/deny [number or code] [reason]",
});
