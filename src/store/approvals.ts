/** Approvals: tool calls that somebody has to allow, and what was decided. Decisions are committed before they are posted. */
import { and, eq, isNull } from "drizzle-orm";
import type { Db } from "./db.ts";
import { approvals, posts, turns } from "./schema.ts";
import { putSaid, type Said } from "./turns.ts";

export type Approval = typeof approvals.$inferSelect;

export type AskedCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** The agent asked: its turn waits until `deadlineAt`. The run that asked is over, so its post is too. */
export const askApproval = (
  db: Db,
  args: {
    readonly turn: number;
    readonly owner: string;
    readonly calls: readonly AskedCall[];
    readonly deadlineAt: number;
    readonly said: Said;
    readonly at: number;
  },
): void => {
  const { turn: turnId, owner, deadlineAt } = args;
  for (const { id: toolCallId, name: toolName, arguments: text } of args.calls) {
    db.insert(approvals)
      .values({ owner, turnId, toolCallId, toolName, arguments: text, deadlineAt })
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
};

/** Calls of a turn whose decision is part of no post yet. */
export const openApprovals = (db: Db, turn: number): readonly Approval[] =>
  db
    .select()
    .from(approvals)
    .where(and(eq(approvals.turnId, turn), isNull(approvals.postId)))
    .orderBy(approvals.id)
    .all();

export const approvalsOfTurn = (db: Db, turn: number): readonly Approval[] =>
  db.select().from(approvals).where(eq(approvals.turnId, turn)).orderBy(approvals.id).all();

export type Decision = { readonly approve: boolean; readonly reason: string | null };

/** Decides one call of a turn, or all that are undecided. The first decision stands; answers how many were made. */
export const decideApprovals = (
  db: Db,
  args: Decision & { readonly turn: number; readonly toolCallId?: string; readonly at: number },
): number =>
  db
    .update(approvals)
    .set({ approve: args.approve, reason: args.reason, decidedAt: args.at })
    .where(
      and(
        eq(approvals.turnId, args.turn),
        isNull(approvals.decidedAt),
        args.toolCallId === undefined ? undefined : eq(approvals.toolCallId, args.toolCallId),
      ),
    )
    .returning()
    .all().length;
