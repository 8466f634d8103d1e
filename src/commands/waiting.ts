/** What waits for an operator's decision, as a list with buttons. */
import { literal } from "../render/literal.ts";
import { waitingAdmissions, waitingCalls } from "../store/decisions.ts";
import { describeCall } from "../turn/calls.ts";
import type { Offer } from "../turn/offer.ts";
import type { CommandContext, CommandReply } from "./command.ts";

/** Each with two buttons; what comes behind them is listed once these are decided. */
const mostListed = 4;

type Listed = { readonly name: string; readonly text: string };

const listed = ({ store, bot, now }: CommandContext): readonly Listed[] => {
  const at = now();
  const calls = waitingCalls(store.db, { bot, at }).map((call) => ({
    name: String(call.id),
    text: describeCall(store.db, call),
  }));
  const asking = waitingAdmissions(store.db, { bot, at }).map(({ code, kind, name }) => ({
    name: code,
    text: `${literal(name ?? (kind === "group" ? "A group" : "Somebody"))} wants to talk to the agent.`,
  }));
  return [...calls, ...asking];
};

const offersOf = ({ name }: Listed): readonly Offer[] => [
  { label: `Approve ${name}`, line: `/approve ${name}` },
  { label: `Deny ${name}`, line: `/deny ${name}` },
];

export const listWaiting = (context: CommandContext): CommandReply => {
  const all = listed(context);
  if (all.length === 0) return { text: "Nothing waits for a decision." };
  const shown = all.slice(0, mostListed);
  const rest = all.length - shown.length;
  const lines = shown.map(({ name, text }) => `**${name}**: ${text}`);
  return {
    text: [...lines, ...(rest > 0 ? [`And ${rest} more.`] : [])].join("\n\n"),
    choices: shown.flatMap(offersOf),
  };
};
