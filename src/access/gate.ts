/** What has to be known of an event in order to let its sender in. */
import { hashToken } from "../crypto/tokens.ts";
import type { Inbound, Sender } from "../message.ts";
import type { Admission, BotAccess } from "./rules.ts";

/** Whether the configuration names this person, by id or by `@name`. */
const isListed = (allow: readonly string[], { id, username }: Sender): boolean =>
  allow.some((one) => one === id || (username !== undefined && one.toLowerCase() === `@${username.toLowerCase()}`));

/** The commands behind which a claim code may stand; a link can only send the first. */
const claiming = ["start", "claim"];

type Line = { readonly name: string; readonly words: string };

const claimOf = (line: Line | undefined): Pick<Admission, "claim" | "insists"> => {
  const name = line?.name.toLowerCase() ?? "";
  if (!line || line.words === "" || !claiming.includes(name)) return {};
  return { claim: hashToken(line.words), ...(name === "claim" ? { insists: true } : {}) };
};

/** `line` is the command in the event, if it is one. */
export const admissionOf = (bot: BotAccess, event: Inbound, line: Line | undefined): Admission => {
  const { sender, membership, addressed } = event;
  const change = membership?.change;
  return {
    mode: bot.access,
    listed: isListed(bot.allow, sender),
    tells: bot.access !== "open",
    addressed,
    isCommand: line !== undefined,
    counts: (event.kind === "message" || event.kind === "edit") && line === undefined,
    group: bot.groups,
    senderId: sender.id,
    ...(change === "added" || change === "removed" ? { membership: change } : {}),
    ...claimOf(line),
  };
};
