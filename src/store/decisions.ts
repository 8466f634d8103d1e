/** Tool calls that wait for somebody's yes, as those see them who may decide: bot by bot, each by its row. */
import { and, asc, eq, gt, isNull } from "drizzle-orm";
import { isWaiting } from "./access-queries.ts";
import { type Approval, decideApprovals } from "./approvals.ts";
import type { Changed } from "./changes.ts";
import type { Db } from "./db.ts";
import { admissions, approvals, chats, persons, turns } from "./schema.ts";

export type WaitingCall = {
  readonly id: number;
  readonly toolName: string;
  readonly arguments: string | null;
  readonly deadlineAt: number;
  readonly turnId: number;
};

/** The index is named so that only what is under way is looked at, and never what is over. */
const waitingSql = `SELECT a.id, a.tool_name AS toolName, a.arguments, a.deadline_at AS deadlineAt, a.turn_id AS turnId
  FROM turns t INDEXED BY turns_held_by_lane JOIN approvals a ON a.turn_id = t.id
  WHERE t.finished_at IS NULL AND t.state <> 'queued' AND t.state = 'waiting' AND t.bot_id = ?1
    AND a.decided_at IS NULL AND a.result IS NULL AND a.deadline_at > ?2
  ORDER BY a.id LIMIT 50`;

/** Calls of this bot's turns that can be decided now, the oldest first. */
export const waitingCalls = (db: Db, { bot, at }: { readonly bot: number; readonly at: number }) =>
  db.$client.query<WaitingCall, [number, number]>(waitingSql).all(bot, at);

export type WaitingAdmission = {
  readonly code: string;
  readonly kind: "person" | "group";
  readonly name: string | null;
};

/** People and groups that wait to be let in, the oldest first. */
export const waitingAdmissions = (
  db: Db,
  { bot, at }: { readonly bot: number; readonly at: number },
): readonly WaitingAdmission[] =>
  db
    .select({ code: admissions.code, kind: admissions.kind, person: persons.name, title: chats.title })
    .from(admissions)
    .leftJoin(persons, eq(persons.id, admissions.personId))
    .leftJoin(chats, eq(chats.id, admissions.chatId))
    .where(and(eq(admissions.botId, bot), isWaiting, gt(admissions.expiresAt, at)))
    .orderBy(asc(admissions.id))
    .limit(50)
    .all()
    .map(({ code, kind, person, title }) => ({ code, kind, name: kind === "group" ? title : person }));

export const approvalById = (db: Db, id: number): Approval | undefined =>
  db.select().from(approvals).where(eq(approvals.id, id)).get();

/** A call that somebody has to allow, or had to, of one of this bot's turns. */
const callOfBot = (db: Db, id: number, bot: number): Approval | undefined =>
  db
    .select({ approval: approvals })
    .from(approvals)
    .innerJoin(turns, eq(turns.id, approvals.turnId))
    .where(and(eq(approvals.id, id), eq(turns.botId, bot), isNull(approvals.result)))
    .get()?.approval;

/** What the words behind `/approve` and `/deny` name: a call, and what is said about it. */
const meant = (db: Db, args: { readonly words: string; readonly bot: number; readonly at: number }) => {
  const { words, bot } = args;
  const [, number, rest = ""] = /^#?(\d{1,15})(?:\s+([^]+))?$/.exec(words) ?? [];
  const named = number === undefined ? undefined : callOfBot(db, Number(number), bot);
  if (named || number !== undefined) return { call: named, reason: rest };
  // No call is named: then it is the only one that waits, and what is said is the reason.
  const [only, another] = waitingCalls(db, args);
  return { call: only && !another ? callOfBot(db, only.id, bot) : undefined, reason: words };
};

const longestReason = 1_000;

export type Allowed = Extract<Changed, { kind: "allowed" }>;

/** Decides a call once: whoever comes second, or too late, changes nothing. Answers which turn may go on. */
export const decideByWords = (
  db: Db,
  args: {
    readonly approve: boolean;
    readonly words: string;
    readonly bot: number;
    readonly by: string;
    readonly at: number;
  },
): { readonly changed: Allowed; readonly turn?: number } => {
  const { approve, by, at } = args;
  const { call, reason } = meant(db, args);
  const came = (outcome: Allowed["outcome"]): Allowed => ({ kind: "allowed", approval: call?.id ?? null, outcome });
  // Words behind an approval are no reason to give: whoever wrote them meant something else.
  if (!call || (approve && reason !== "")) return { changed: { ...came("unknown"), approval: null } };
  if (call.decidedAt !== null) return { changed: came("before") };
  if (call.deadlineAt <= at) return { changed: came("late") };
  const decision = { approve, reason: reason === "" ? null : reason.slice(0, longestReason) };
  const { turnId: turn, toolCallId } = call;
  const decided = decideApprovals(db, { ...decision, turn, toolCallId, by, at });
  return decided === 0 ? { changed: came("before") } : { changed: came("now"), turn };
};
