/** Posts: what was sent to Letta for a turn, written ahead. */
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Db } from "./db.ts";
import { type NewPart, putOutbox } from "./outbox.ts";
import { arg, prepared } from "./prepared.ts";
import { agents, approvals, conversations, posts, turns } from "./schema.ts";

export type Post = typeof posts.$inferSelect;

/** Whom a message is from, and the revision of their persona that it tells; null when it tells none. */
export type NoteOfTurn = { readonly persona: number; readonly revision: number | null };

const updateNote = prepared((db) =>
  db
    .update(turns)
    .set({ personaId: sql`${arg("persona")}`, noteRevision: sql`${arg("revision")}` })
    .where(eq(turns.id, arg("turn")))
    .prepare(),
);

const setNote = (db: Db, turn: number, { persona, revision }: NoteOfTurn): void => {
  updateNote(db).run({ turn, persona, revision });
};

const closeSentPosts = prepared((db) =>
  db
    .update(posts)
    .set({ state: "closed" })
    .where(and(eq(posts.turnId, arg("turn")), eq(posts.state, "sent")))
    .prepare(),
);

const insertPost = prepared((db) =>
  db
    .insert(posts)
    .values({
      owner: arg("owner"),
      turnId: arg("turn"),
      kind: arg("kind"),
      messages: arg("messages"),
      conversation: arg("conversation"),
      background: arg("background"),
      runBefore: arg("runBefore"),
      state: "sent",
      createdAt: arg("at"),
    })
    .returning()
    .prepare(),
);

/**
 * Freezes a request before any byte of it leaves; from here on it counts as sent, and the one before it as over. A post of
 * decisions takes all open approvals of the turn with it.
 */
export const freezePost = (
  db: Db,
  args: {
    readonly turn: number;
    readonly owner: string;
    readonly kind: Post["kind"];
    readonly messages: string;
    readonly conversation: string;
    readonly background: boolean;
    readonly runBefore: string | null;
    readonly note?: NoteOfTurn;
    /** What its person is told at once. */
    readonly parts?: readonly NewPart[];
    readonly at: number;
  },
): Post => {
  const { turn, note, parts = [] } = args;
  closeSentPosts(db).run({ turn });
  if (note) setNote(db, turn, note);
  putOutbox(db, parts, args.at);
  const post = insertPost(db).get(args);
  if (post.kind === "approval") {
    db.update(approvals)
      .set({ postId: post.id })
      .where(and(eq(approvals.turnId, turn), isNull(approvals.postId)))
      .run();
    db.update(turns)
      .set({ state: "running" })
      .where(and(eq(turns.id, turn), isNull(turns.finishedAt)))
      .run();
  }
  return post;
};

/** A post that was refused before anything ran waits until the way is clear; another post goes first. */
export const holdPost = (db: Db, args: { readonly post: number }): void => {
  db.update(posts).set({ state: "ready" }).where(eq(posts.id, args.post)).run();
};

/** A post that is known not to have arrived goes out once more with the same messages. */
export const sendPostAgain = (
  db: Db,
  args: { readonly post: number; readonly turn: number; readonly resent: boolean; readonly background: boolean },
): void => {
  const { background } = args;
  db.update(posts)
    .set({ state: "sent", background, runId: null, seq: null, cutBy: null, searchedMs: 0, refusedAt: null })
    .where(eq(posts.id, args.post))
    .run();
  if (args.resent) db.update(turns).set({ resent: true }).where(eq(turns.id, args.turn)).run();
};

/** How long a search has found nothing; kept over restarts, and a sign of progress. */
export const recordSearch = (
  db: Db,
  args: {
    readonly post: number;
    readonly turn: number;
    readonly searchedMs: number;
    readonly refusedAt: number | null;
  },
): void => {
  db.update(posts).set({ searchedMs: args.searchedMs, refusedAt: args.refusedAt }).where(eq(posts.id, args.post)).run();
  db.update(turns).set({ stalledBoots: 0 }).where(eq(turns.id, args.turn)).run();
};

/** A search ended without a trace of the post. */
export const recordMiss = (db: Db, args: { readonly post: number }): void => {
  db.update(posts)
    .set({ misses: sql`${posts.misses} + 1` })
    .where(eq(posts.id, args.post))
    .run();
};

const selectPosts = prepared((db) =>
  db
    .select()
    .from(posts)
    .where(eq(posts.turnId, arg("turn")))
    .orderBy(asc(posts.id))
    .prepare(),
);

export const postsOfTurn = (db: Db, turn: number): readonly Post[] => selectPosts(db).all({ turn });

/** Whether a run is known to belong to another post than this one. */
export const runBelongsElsewhere = (db: Db, runId: string, post: number): boolean =>
  db
    .select({ id: posts.id })
    .from(posts)
    .where(eq(posts.runId, runId))
    .all()
    .some((row) => row.id !== post);

const selectConversation = prepared((db) =>
  db
    .select()
    .from(conversations)
    .where(eq(conversations.id, arg("id")))
    .prepare(),
);

export const conversationById = (db: Db, id: number) => selectConversation(db).get({ id });

/** The server made the conversation; its id stays with the lane from now on. */
export const setConversation = (db: Db, args: { readonly id: number; readonly upstreamId: string }): void => {
  db.update(conversations).set({ upstreamId: args.upstreamId }).where(eq(conversations.id, args.id)).run();
};

/**
 * The server has lost a conversation that lettabox made: the lane and the post that waits go to its successor, with a
 * note in front of its messages when one is due there.
 */
export const replaceConversation = (
  db: Db,
  args: {
    readonly id: number;
    readonly upstreamId: string;
    readonly post: number;
    readonly messages: string;
    readonly turn: number;
    readonly note?: NoteOfTurn;
  },
): void => {
  const { id, upstreamId, post, messages, turn, note } = args;
  if (note) setNote(db, turn, note);
  db.update(conversations).set({ upstreamId }).where(eq(conversations.id, id)).run();
  db.update(posts).set({ conversation: upstreamId, messages, state: "ready" }).where(eq(posts.id, post)).run();
};

const selectLastRun = prepared((db) =>
  db
    .select({ lastRunId: agents.lastRunId })
    .from(agents)
    .where(and(eq(agents.accountId, arg("account")), eq(agents.agentId, arg("agentId"))))
    .prepare(),
);

export const lastRunOfAgent = (db: Db, account: number, agentId: string): string | null =>
  selectLastRun(db).get({ account, agentId })?.lastRunId ?? null;
