/** What happens to a turn after it was claimed. Each function is one transaction of the turn machine in `turn/states.ts`. */
import { and, eq, gt, isNull, sql } from "drizzle-orm";
import type { TurnOutcome } from "../turn/states.ts";
import type { Db } from "./db.ts";
import { type NewPart, putOutbox } from "./outbox.ts";
import { agents, deadLetters, posts, turnEvents, turns } from "./schema.ts";

export type NewTurnEvent = { readonly seq: number; readonly uuid: string; readonly body: string };

/** What a step of a turn adds in one transaction: whole events for readers, parts for the platform. */
export type Said = { readonly events: readonly NewTurnEvent[]; readonly parts: readonly NewPart[] };

/** Part of a transaction that adds what a turn said. */
export const putSaid = (db: Db, turn: { id: number; owner: string }, said: Said, at: number): void => {
  for (const event of said.events) {
    // A second writer of the same sequence would be a bug of ours; the primary key says so.
    db.insert(turnEvents)
      .values({ owner: turn.owner, turnId: turn.id, ...event })
      .run();
  }
  putOutbox(db, said.parts, at);
};

const openTurn = (db: Db, turn: number) =>
  db
    .select({ id: turns.id, owner: turns.owner, chatId: turns.chatId })
    .from(turns)
    .where(and(eq(turns.id, turn), isNull(turns.finishedAt)))
    .get();

/** The run of a post became known: stored before anything else happens with it. */
export const recordRun = (
  db: Db,
  args: { readonly turn: number; readonly post: number; readonly runId: string; readonly seq?: number },
): void => {
  db.update(posts)
    .set({ runId: args.runId, seq: args.seq ?? null })
    .where(eq(posts.id, args.post))
    .run();
  const turn = db
    .update(turns)
    .set({ runId: args.runId, stalledBoots: 0 })
    .where(eq(turns.id, args.turn))
    .returning({ accountId: turns.accountId, agentId: turns.agentId })
    .get();
  if (turn?.accountId == null || turn.agentId == null) return;
  db.update(agents)
    .set({ lastRunId: args.runId })
    .where(and(eq(agents.accountId, turn.accountId), eq(agents.agentId, turn.agentId)))
    .run();
};

/** What was said so far, so that a kill neither loses nor repeats it. */
export const recordSaid = (
  db: Db,
  args: Said & { readonly turn: number; readonly post?: number; readonly seq?: number; readonly at: number },
): void => {
  const turn = openTurn(db, args.turn);
  if (!turn) return;
  putSaid(db, turn, args, args.at);
  db.update(turns).set({ stalledBoots: 0 }).where(eq(turns.id, turn.id)).run();
  if (args.post !== undefined && args.seq !== undefined) {
    db.update(posts).set({ seq: args.seq }).where(eq(posts.id, args.post)).run();
  }
};

export type Settlement = Said & {
  readonly turn: number;
  readonly at: number;
  readonly state: TurnOutcome;
  readonly response: string;
  readonly stopReason?: string;
  readonly errorCode?: string;
  readonly errorText?: string;
};

/** Ends a turn. A turn that has ended already stays as it is and answers false. */
export const settleTurn = (db: Db, args: Settlement): boolean => {
  const turn = openTurn(db, args.turn);
  if (!turn) return false;
  putSaid(db, turn, args, args.at);
  db.update(posts).set({ state: "closed" }).where(eq(posts.turnId, turn.id)).run();
  db.update(turns)
    .set({
      state: args.state,
      response: args.response,
      stopReason: args.stopReason ?? null,
      errorCode: args.errorCode ?? null,
      errorText: args.errorText ?? null,
      leaseBoot: null,
      finishedAt: args.at,
    })
    .where(eq(turns.id, turn.id))
    .run();
  if (args.state === "failed") {
    const { owner } = turn;
    const code = args.errorCode ?? "internal";
    db.insert(deadLetters)
      .values({ owner, source: "turn", sourceId: turn.id, code, createdAt: args.at })
      .onConflictDoNothing()
      .run();
  }
  return true;
};

/** Back to its place in the queue, because nothing ran. The post stays as it was frozen. */
export const retryTurn = (
  db: Db,
  args: {
    readonly turn: number;
    readonly dueAt: number;
    readonly retryUntil: number;
    readonly said: Said;
    readonly told: boolean;
    readonly at: number;
  },
): void => {
  const turn = openTurn(db, args.turn);
  if (!turn) return;
  putSaid(db, turn, args.said, args.at);
  db.update(posts)
    .set({ state: "ready" })
    .where(and(eq(posts.turnId, turn.id), eq(posts.state, "sent")))
    .run();
  db.update(turns)
    .set({
      state: "queued",
      dueAt: args.dueAt,
      retryUntil: args.retryUntil,
      leaseBoot: null,
      ...(args.told ? { toldAt: args.at } : {}),
    })
    .where(eq(turns.id, turn.id))
    .run();
};

/** The post left and its fate is unknown. */
export const doubtTurn = (
  db: Db,
  args: { readonly turn: number; readonly post: number; readonly cutBy: "connection" | "process" },
): void => {
  db.update(turns)
    .set({ state: "uncertain" })
    .where(and(eq(turns.id, args.turn), isNull(turns.finishedAt)))
    .run();
  db.update(posts).set({ cutBy: args.cutBy }).where(eq(posts.id, args.post)).run();
};

/** Reconcile knows enough to go on. */
export const resumeTurn = (db: Db, args: { readonly turn: number; readonly boot: number }): void => {
  db.update(turns)
    .set({ state: "running", leaseBoot: args.boot })
    .where(and(eq(turns.id, args.turn), isNull(turns.finishedAt)))
    .run();
};

export type CancelAnswer = { readonly turn: number; readonly wasQueued: boolean };

const cancelWhere = (db: Db, which: ReturnType<typeof and>, at: number): readonly CancelAnswer[] =>
  db
    .select({ id: turns.id, state: turns.state })
    .from(turns)
    .where(and(isNull(turns.finishedAt), which))
    .limit(1_000)
    .all()
    .map(({ id, state }) => {
      db.update(turns)
        .set({ cancelAt: sql`coalesce(${turns.cancelAt}, ${at})` })
        .where(eq(turns.id, id))
        .run();
      return { turn: id, wasQueued: state === "queued" };
    });

/** Records that a turn is to stop; what was only queued is for the engine to settle at once. */
export const cancelTurn = (db: Db, args: { readonly turn: number; readonly at: number }): readonly CancelAnswer[] =>
  cancelWhere(db, eq(turns.id, args.turn), args.at);

/** The same for all open turns of a chat, and never another chat's. */
export const cancelChat = (db: Db, args: { readonly chat: number; readonly at: number }): readonly CancelAnswer[] =>
  cancelWhere(db, eq(turns.chatId, args.chat), args.at);

export const setPreview = (db: Db, args: { readonly turn: number; readonly previewId: string | null }): void => {
  db.update(turns).set({ previewId: args.previewId }).where(eq(turns.id, args.turn)).run();
};

export const turnById = (db: Db, id: number) => db.select().from(turns).where(eq(turns.id, id)).get();

export const turnByPublicId = (db: Db, publicId: string) =>
  db.select().from(turns).where(eq(turns.publicId, publicId)).get();

/** Newest first, before the turn with key `before`, optionally of one token only. */
export const listTurns = (
  db: Db,
  { tokenId, before, limit }: { readonly tokenId?: number; readonly before?: number; readonly limit: number },
) =>
  db
    .select()
    .from(turns)
    .where(
      and(
        tokenId === undefined ? undefined : eq(turns.tokenId, tokenId),
        before === undefined ? undefined : sql`${turns.id} < ${before}`,
      ),
    )
    .orderBy(sql`${turns.id} DESC`)
    .limit(limit)
    .all();

/** Whole events after `seq`, a page at a time. */
export const turnEventsAfter = (db: Db, turn: number, seq: number, limit = 100) =>
  db
    .select({ seq: turnEvents.seq, uuid: turnEvents.uuid, body: turnEvents.body })
    .from(turnEvents)
    .where(and(eq(turnEvents.turnId, turn), gt(turnEvents.seq, seq)))
    .orderBy(turnEvents.seq)
    .limit(limit)
    .all();
