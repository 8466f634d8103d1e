/** What an event says: its own words, or the command line that a press or a number stands for. */
import type { Bot } from "../channels/channel.ts";
import { type CommandLine, commandLineOf } from "../commands/line.ts";
import type { Inbound } from "../message.ts";
import type { Db } from "../store/db.ts";
import { findNumbered, findPressed } from "../store/offers.ts";
import { offerMs, turnOfChoice } from "../turn/offer.ts";

export type Reading = {
  /** What is kept of it. */
  readonly text: string;
  readonly line?: CommandLine;
  /** A press that counts for nothing, and why. */
  readonly ignored?: string;
  /** What its text stands for if the list with this row is still open. */
  readonly numbered?: { readonly row: number; readonly text: string; readonly line: CommandLine };
};

export const chatKeyOf = (bot: Bot, event: Inbound): string => `${bot.slug}:${event.to.chat}`;

export const handleOf = (bot: Bot, { sender }: Inbound): string =>
  `${bot.channelName}:${sender.realm ?? ""}:${sender.id}`;

const lineFrom = (text: string): CommandLine | undefined => commandLineOf({ kind: "command", text, files: [] });

/** A number and nothing else, as people write it who answer a list. */
const numberOf = ({ kind, text, files, forwardedFrom }: Inbound): number | undefined => {
  const [, digits] = /^(\d{1,2})[.)]?$/.exec(text.trim()) ?? [];
  const isOwn = kind === "message" && files.length === 0 && forwardedFrom === undefined;
  return isOwn && digits !== undefined ? Number(digits) : undefined;
};

export const readEvent = (db: Db, bot: Bot, event: Inbound, at: number): Reading => {
  const where = { botId: bot.id, chatKey: chatKeyOf(bot, event), handle: handleOf(bot, event) };
  if (event.kind === "press") {
    const { choice = "" } = event;
    const press = { ...where, publicId: turnOfChoice(choice), choice, since: at - offerMs };
    const found = findPressed(db, press);
    if (typeof found === "string") return { text: "", ignored: found };
    const line = lineFrom(found.line);
    return line ? { text: found.line, line } : { text: "", ignored: "choice-unknown" };
  }
  const { text } = event;
  const number = numberOf(event);
  const listed = number === undefined ? undefined : findNumbered(db, { ...where, number, at });
  const stands = listed && lineFrom(listed.line);
  if (listed && stands) return { text, numbered: { row: listed.row, text: listed.line, line: stands } };
  const line = commandLineOf(event);
  return line ? { text, line } : { text };
};

/** What whoever pressed is told on the spot; nothing when an answer follows. */
export const wordFor = (ignored: string | undefined): string | undefined => {
  if (ignored === "choice-of-another") return "This button is for somebody else.";
  return ignored === "choice-expired" ? "This button is too old." : "This button does nothing any more.";
};
