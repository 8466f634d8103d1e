/** What happens to a turn after it was claimed. Each function is one transaction of the turn machine in `turn/states.ts`. */
import { and, eq, gt, isNull, sql } from "drizzle-orm";
import type { TurnOutcome } from "../turn/states.ts";
import type { Db } from "./db.ts";
import { type NewFile, putFiles } from "./files.ts";
import { countNote } from "./notes.ts";
import { type NewPart, putOutbox } from "./outbox.ts";
import { arg, prepared } from "./prepared.ts";
import { deadLetters, posts, turnEvents, turns } from "./schema.ts";

export type NewTurnEvent = { readonly seq: number; readonly uuid: string; readonly body: string };

/** What a step of a turn adds in one transaction: whole events for readers, parts for the platform. */
export type Said = {
  readonly events: readonly NewTurnEvent[];
  readonly parts: readonly NewPart[];
  /** Files among the parts, whose bytes are stored by now. */
  readonly files?: readonly NewFile[];
};

const insertTurnEvent = prepared((db) =>
  db
    .insert(turnEvents)
    .values({ owner: arg("owner"), turnId: arg("turn"), seq: arg("seq"), uuid: arg("uuid"), body: arg("body") })
    .prepare(),
);

/** Part of a transaction that adds what a turn said. */
export const putSaid = (db: Db, turn: { id: number; owner: string }, said: Said, at: number): void => {
  for (const event of said.events) {
    // A second writer of the same sequence would be a bug of ours; the primary key says so.
    insertTurnEvent(db).run({ owner: turn.owner, turn: turn.id, ...event });
  }
  putFiles(db, turn, said.files ?? [], at);
  putOutbox(db, said.parts, at);
  // The preview is a message of its own from now on: no later part may be edited into it.
  if (said.parts.some((part) => part.replaces != null)) {
    db.update(turns).set({ previewId: null }).where(eq(turns.id, turn.id)).run();
  }
};

const selectOpenTurn = prepared((db) =>
  db
    .select({
      id: turns.id,
      owner: turns.owner,
      chatId: turns.chatId,
      state: turns.state,
      conversationId: turns.conversationId,
      personaId: turns.personaId,
      noteRevision: turns.noteRevision,
    })
    .from(turns)
    .where(and(eq(turns.id, arg("turn")), isNull(turns.finishedAt)))
    .prepare(),
);

const openTurn = (db: Db, turn: number) => selectOpenTurn(db).get({ turn });

const clearStalls = prepared((db) =>
  db
    .update(turns)
    .set({ stalledBoots: 0 })
    .where(eq(turns.id, arg("turn")))
    .prepare(),
);

const updatePostSeq = prepared((db) =>
  db
    .update(posts)
    .set({ seq: sql`${arg("seq")}` })
    .where(eq(posts.id, arg("post")))
    .prepare(),
);

/** What was said so far, so that a kill neither loses nor repeats it. */
export const recordSaid = (
  db: Db,
  args: Said & { readonly turn: number; readonly post?: number; readonly seq?: number; readonly at: number },
): void => {
  const turn = openTurn(db, args.turn);
  if (!turn) return;
  putSaid(db, turn, args, args.at);
  clearStalls(db).run({ turn: turn.id });
  if (args.post !== undefined && args.seq !== undefined) updatePostSeq(db).run({ post: args.post, seq: args.seq });
};

/** Tokens, as the Letta server counts them. */
export type Usage = { readonly promptTokens: number; readonly completionTokens: number };

export type Settlement = Said & {
  readonly turn: number;
  readonly at: number;
  readonly state: TurnOutcome;
  readonly response: string;
  readonly stopReason?: string;
  readonly errorCode?: string;
  readonly errorText?: string;
  readonly usage?: Usage;
  /** Only while it is still queued: somebody who claimed it meanwhile ends it themselves. */
  readonly ifQueued?: boolean;
};

/** Longer messages, which are those with pictures, are of no use once their turn is over. */
const longestKeptPost = 64 * 1024;

const closePosts = prepared((db) =>
  db
    .update(posts)
    .set({
      state: "closed",
      messages: sql`CASE WHEN length(${posts.messages}) > ${longestKeptPost} THEN NULL ELSE ${posts.messages} END`,
    })
    .where(eq(posts.turnId, arg("turn")))
    .prepare(),
);

const updateSettled = prepared((db) =>
  db
    .update(turns)
    .set({
      state: sql`${arg("state")}`,
      response: sql`${arg("response")}`,
      stopReason: sql`${arg("stopReason")}`,
      errorCode: sql`${arg("errorCode")}`,
      errorText: sql`${arg("errorText")}`,
      promptTokens: sql`${arg("promptTokens")}`,
      completionTokens: sql`${arg("completionTokens")}`,
      leaseBoot: null,
      finishedAt: sql`${arg("at")}`,
    })
    .where(eq(turns.id, arg("turn")))
    .prepare(),
);

/** Ends a turn; answers false, and changes nothing, when it has ended already or `ifQueued` does not hold. */
export const settleTurn = (db: Db, args: Settlement): boolean => {
  const turn = openTurn(db, args.turn);
  if (!turn || (args.ifQueued && turn.state !== "queued")) return false;
  putSaid(db, turn, args, args.at);
  closePosts(db).run({ turn: turn.id });
  const { state, response, stopReason = null, errorCode = null, errorText = null, at } = args;
  const { promptTokens = null, completionTokens = null } = args.usage ?? {};
  const why = { stopReason, errorCode, errorText };
  updateSettled(db).run({ turn: turn.id, state, response, ...why, promptTokens, completionTokens, at });
  if (state === "done" || state === "silent") countNote(db, turn);
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
    /** Null while nobody knows when it can be tried: patience begins with the next attempt. */
    readonly retryUntil: number | null;
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

export const setPreview = (db: Db, args: { readonly turn: number; readonly previewId: string | null }): void => {
  db.update(turns).set({ previewId: args.previewId }).where(eq(turns.id, args.turn)).run();
};

const selectTurn = prepared((db) =>
  db
    .select()
    .from(turns)
    .where(eq(turns.id, arg("id")))
    .prepare(),
);

export const turnById = (db: Db, id: number) => selectTurn(db).get({ id });

const selectPublicTurn = prepared((db) =>
  db
    .select()
    .from(turns)
    .where(eq(turns.publicId, arg("publicId")))
    .prepare(),
);

const selectEnd = prepared((db) =>
  db
    .select({ finishedAt: turns.finishedAt })
    .from(turns)
    .where(eq(turns.id, arg("id")))
    .prepare(),
);

export const isTurnOver = (db: Db, id: number): boolean => selectEnd(db).get({ id })?.finishedAt != null;

export const turnByPublicId = (db: Db, publicId: string) => selectPublicTurn(db).get({ publicId });

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

const selectTurnEvents = prepared((db) =>
  db
    .select({ seq: turnEvents.seq, uuid: turnEvents.uuid, body: turnEvents.body })
    .from(turnEvents)
    .where(and(eq(turnEvents.turnId, arg("turn")), gt(turnEvents.seq, arg("seq"))))
    .orderBy(turnEvents.seq)
    .limit(arg("limit"))
    .prepare(),
);

/** Whole events after `seq`, a page at a time. */
export const turnEventsAfter = (db: Db, turn: number, seq: number, limit = 100) =>
  selectTurnEvents(db).all({ turn, seq, limit });
