/** `/approve`: allows what waits for the operator. */
import { decider } from "./decide.ts";

export const approve = decider(true, {
  name: "approve",
  aliases: [],
  summary: "Allow what waits for your decision, or list it",
  usage: "/approve [number or code]",
});
