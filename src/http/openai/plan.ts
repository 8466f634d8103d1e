/**
 * What a request with a whole history asks for. An agent has heard what it has heard: only what is new is said to it, in
 * the conversation that stands where the history does; where there is none, a new one begins and is told the history.
 *
 *   the last message is new behind the last thing that a branch heard    it is said there
 *   nothing is new there                                                 it is said again, marked
 *   … and its turn is still open, or this is a client's retry            its turn is the answer
 *   it is new behind something else, or behind nothing that was heard    it is said in a new branch
 */
import type { Db } from "../../store/db.ts";
import { askedAt, headOfBranch, type Heard, heardAt, type Hearing } from "../../store/heard.ts";
import { newestOfScope, recentHeads, rowsPerBranch, type Scope } from "../../store/heard.ts";
import { isFinal } from "../../turn/states.ts";
import type { History, Said } from "./history.ts";
import { wordsOf } from "./messages.ts";

export type Branch = { readonly chat: string } | "main" | "new";

export type Saying = {
  readonly kind: "say";
  /** The branch with this chat, the one that has the scope's own, or a new one. */
  readonly branch: Branch;
  readonly fresh: readonly Said[];
  /** What was said before it and the branch has not heard. */
  readonly missed: readonly Said[];
  /** It has heard the message before: another answer is asked for. */
  readonly again: boolean;
  /** Hash of the instructions that the branch knows. */
  readonly instructions: string | null;
  readonly withAnswers: boolean;
  readonly since?: NonNullable<Hearing["since"]>;
};

export type Plan = Saying | { readonly kind: "join"; readonly turnId: string };

export type Asking = {
  /** The caller says which chat it is; otherwise many may share the scope. */
  readonly named: boolean;
  /** The caller is known to send whole histories, even before it has shown one. */
  readonly whole: boolean;
  /** The client says that it repeats a request whose answer it did not get. */
  readonly isRetry: boolean;
  readonly at: number;
};

/** A client that repeats a request does so soon after its answer was lost. */
const retriedWithinMs = 2 * 60_000;
/** Characters of an answer that tell it from any other, where many share a scope. */
const tellingChars = 40;

/** Clients trim answers, and keep the beginning of one that was stopped. */
const isAnswer = (shown: string, { response }: Heard): boolean =>
  shown !== "" && response !== null && response.trim().startsWith(shown);

/** What the history shows as the answer to the message at this index. */
const answerTo = ({ said }: History, at: number): string => {
  const next = said[at + 1];
  return next?.role === "assistant" ? wordsOf(next) : "";
};

type Search = { readonly db: Db; readonly scope: Scope; readonly history: History; readonly named: boolean };

/** Which of the turns at a place the history means: the one with the answer that it shows. */
const meantAt = ({ db, scope, history, named }: Search, { place, at }: History["places"][number]) => {
  const rows = heardAt(db, scope, place);
  const shown = answerTo(history, at);
  return rows.find((row) => isAnswer(shown, row)) ?? (named ? rows[0] : undefined);
};

/** The last place that was heard behind the newest message, as far back as branches go. */
const lastHeard = (search: Search): { readonly row: Heard; readonly at: number } | undefined => {
  for (const place of search.history.places.slice(-1 - rowsPerBranch, -1).toReversed()) {
    const row = meantAt(search, place);
    if (row) return { row, at: place.at };
  }
  return undefined;
};

/** The branch whose last answer is the last one of the history: its beginning was cut off, or its messages were decorated. */
const branchOfAnswer = ({ db, scope, history, named }: Search): Heard | undefined => {
  const last = history.said[lastAnswerIn(history)];
  const shown = last ? wordsOf(last) : "";
  if (!named && shown.length < tellingChars) return undefined;
  return recentHeads(db, scope).find((row) => isAnswer(shown, row));
};

const lastAnswerIn = ({ said }: History): number => said.findLastIndex(({ role }) => role === "assistant");

/** What is new behind the message at index `known`, and what else was said since; -1 is the very beginning. */
const newsBehind = (history: History, known: number): Pick<Saying, "fresh" | "missed"> => {
  const { said } = history;
  const last = Math.max(known, lastAnswerIn(history));
  const between = said.slice(known + 1, last + 1);
  // The agent's own answer to what it has heard is no news.
  const news = known < 0 ? 0 : between.findIndex(({ role }) => role === "user");
  return { fresh: said.slice(last + 1), missed: news < 0 ? [] : between.slice(news) };
};

/** The turn that a request stands for already: it is under way, or its answer was lost a moment ago. */
const turnUnderWay = (search: Search, { isRetry, at }: Asking, tellsAll: boolean): string | undefined => {
  const { db, scope, history, named } = search;
  const asked = askedAt(db, scope, history.places.at(-1)?.place ?? "");
  if (asked?.turnId == null || asked.state === null) return undefined;
  const isOpen = !isFinal(asked.state);
  const isRecent = isOpen || at - (asked.finishedAt ?? 0) < retriedWithinMs;
  return (isRetry ? isRecent : isOpen && tellsAll && named) ? asked.turnId : undefined;
};

/** The turn that has answered the newest message. */
const answered = (search: Search): Heard | undefined => {
  const { db, scope, history, named } = search;
  const rows = heardAt(db, scope, history.places.at(-1)?.place ?? "");
  if (named) return rows[0];
  const before = history.places.at(-2);
  const row = before && meantAt(search, before);
  return row && rows.find(({ chatId }) => chatId === row.chatId);
};

export const planRequest = (db: Db, scope: Scope, history: History, asking: Asking): Plan => {
  const { named, whole } = asking;
  const search: Search = { db, scope, history, named };
  const newest = newestOfScope(db, scope);
  const withAnswers = history.withAnswers || newest?.withAnswers === true;
  const tellsAll = whole || withAnswers;

  const turnId = turnUnderWay(search, asking, tellsAll);
  if (turnId !== undefined) return { kind: "join", turnId };

  const said = { kind: "say", again: false, withAnswers } as const;
  const inBranch = (row: Heard, known: number): Saying => ({
    ...said,
    ...newsBehind(history, known),
    branch: { chat: row.chat },
    instructions: row.instructions,
    since: { chatId: row.chatId, head: row.id },
  });
  const apart = (branch: "main" | "new"): Saying => ({
    ...said,
    ...newsBehind(history, -1),
    branch,
    instructions: null,
  });
  const isHead = (row: Heard): boolean => headOfBranch(db, row.chatId, scope.agentId)?.id === row.id;

  const before = history.places.at(-2)?.at ?? -1;
  const same = tellsAll ? answered(search) : undefined;
  if (same) return isHead(same) ? { ...inBranch(same, before), missed: [], again: true } : apart("new");

  const last = lastHeard(search);
  if (last && isHead(last.row)) return inBranch(last.row, last.at);
  // Where the message before the newest one is known, the person went back on purpose.
  const continued = last?.at === before ? undefined : branchOfAnswer(search);
  if (continued) return inBranch(continued, lastAnswerIn(history));

  const [latest] = recentHeads(db, scope);
  if (!latest) return newest ? apart("main") : { ...apart("main"), since: "empty" };
  if (tellsAll) return apart("new");
  // Somebody who says one thing at a time goes on where they were.
  const { chat, instructions } = latest;
  return { ...said, ...newsBehind(history, last?.at ?? -1), branch: { chat }, instructions };
};
