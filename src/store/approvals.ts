/**
 * Approvals: tool calls that wait for an answer. Most wait for somebody to allow them; those of a tool of ours are answered
 * with what came of them. Answers are committed before they are posted.
 */
import { and, eq, isNull } from "drizzle-orm";
import type { Db } from "./db.ts";
import { writePersona } from "./personas.ts";
import { arg, prepared } from "./prepared.ts";
import { approvals, posts, turns } from "./schema.ts";
import { putSaid, type Said } from "./turns.ts";

export type Approval = typeof approvals.$inferSelect;

export type AskedCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** What came of a call that was ours to execute. */
export type CallOutcome = { readonly ok: boolean; readonly text: string };

/** A call with its answer, where it has one already. */
export type NewCall = AskedCall & { readonly outcome?: CallOutcome };

/**
 * The agent asked: its turn waits until `deadlineAt`. The run that asked is over, so its post is too. What its calls made
 * of a persona is written with their answers, once however often they are seen again; false, and nothing done, when the
 * persona has changed since `revision`.
 */
export const askApproval = (
  db: Db,
  args: {
    readonly turn: number;
    readonly owner: string;
    readonly calls: readonly NewCall[];
    readonly deadlineAt: number;
    readonly said: Said;
    readonly persona?: { readonly persona: number; readonly revision: number; readonly text: string };
    readonly at: number;
  },
): boolean => {
  const { turn: turnId, owner, deadlineAt, persona, at } = args;
  if (persona && !writePersona(db, persona)) return false;
  for (const { id: toolCallId, name: toolName, arguments: text, outcome } of args.calls) {
    const answer = outcome && { approve: true, result: JSON.stringify(outcome), decidedAt: at };
    db.insert(approvals)
      .values({ owner, turnId, toolCallId, toolName, arguments: text, deadlineAt, ...answer })
      .onConflictDoNothing()
      .run();
  }
  putSaid(db, { id: turnId, owner }, args.said, args.at);
  db.update(posts)
    .set({ state: "closed" })
    .where(and(eq(posts.turnId, turnId), eq(posts.state, "sent")))
    .run();
  db.update(turns)
    .set({ state: "waiting", stalledBoots: 0 })
    .where(and(eq(turns.id, turnId), isNull(turns.finishedAt)))
    .run();
  return true;
};

/** Calls of a turn whose answer is part of no post yet. */
export const openApprovals = (db: Db, turn: number): readonly Approval[] =>
  db
    .select()
    .from(approvals)
    .where(and(eq(approvals.turnId, turn), isNull(approvals.postId)))
    .orderBy(approvals.id)
    .all();

const selectCalls = prepared((db) =>
  db
    .select()
    .from(approvals)
    .where(eq(approvals.turnId, arg("turn")))
    .orderBy(approvals.id)
    .prepare(),
);

/** Every call of a turn that waited, ours among them. */
export const callsOfTurn = (db: Db, turn: number): readonly Approval[] => selectCalls(db).all({ turn });

/** Those that somebody has to allow, or had to. */
export const approvalsOfTurn = (db: Db, turn: number): readonly Approval[] =>
  callsOfTurn(db, turn).filter(({ result }) => result === null);

export type Decision = { readonly approve: boolean; readonly reason: string | null };

/** Decides one call of a turn, or all that are undecided. The first decision stands; answers how many were made. */
export const decideApprovals = (
  db: Db,
  args: Decision & {
    readonly turn: number;
    readonly toolCallId?: string;
    /** Who decides, as in the audit log; absent when nobody did. */
    readonly by?: string;
    readonly at: number;
  },
): number =>
  db
    .update(approvals)
    .set({ approve: args.approve, reason: args.reason, decidedAt: args.at, decidedBy: args.by ?? null })
    .where(
      and(
        eq(approvals.turnId, args.turn),
        isNull(approvals.decidedAt),
        args.toolCallId === undefined ? undefined : eq(approvals.toolCallId, args.toolCallId),
      ),
    )
    .returning()
    .all().length;
