/** `/approve` and `/deny`: what waits for an operator is decided, once. */
import { code } from "../render/literal.ts";
import type { Change, Changed } from "../store/changes.ts";
import { looksLikeCode } from "../store/codes.ts";
import { approvalById } from "../store/decisions.ts";
import { decidedWords } from "../turn/calls.ts";
import type { Command, CommandContext, CommandReply } from "./command.ts";
import { listWaiting } from "./waiting.ts";

const answerCall = (
  { approval, outcome }: Extract<Changed, { kind: "allowed" }>,
  context: CommandContext,
): CommandReply => {
  const found = approval === null ? undefined : approvalById(context.store.db, approval);
  if (!found) {
    const list = listWaiting(context);
    return { ...list, text: `Nothing that waits is called ${code(context.words)}.\n\n${list.text}` };
  }
  const words = decidedWords(context.store.db, found);
  if (outcome === "now") return { text: words, inPlace: true };
  const late = outcome === "late" ? "Too late: its time is over." : "Too late: that was decided before.";
  return { text: found.approve === null ? `${late} ${words}` : `${late}\n\n${words}`, inPlace: true };
};

export const decider = (approve: boolean, about: Pick<Command, "name" | "aliases" | "summary" | "usage">): Command => ({
  ...about,
  takesWords: true,
  who: "operator",
  when: "at-once",
  needs: "nothing",
  change: (words): Change | undefined => {
    if (words === "") return undefined;
    return looksLikeCode(words) ? { kind: "decide", code: words, approve } : { kind: "allow", approve, words };
  },
  answer: (context): CommandReply =>
    context.changed?.kind === "allowed" ? answerCall(context.changed, context) : listWaiting(context),
});
