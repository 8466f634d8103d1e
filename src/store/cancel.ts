/** Stops: recorded first, so that no restart forgets one. */
import { and, eq, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import type { Db } from "./db.ts";
import { turns } from "./schema.ts";

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

/** A command that waits for its conversation can still be called off; any other has done what it does, or does it now. */
const stoppable = or(isNull(turns.command), and(isNotNull(turns.conversationId), eq(turns.state, "queued")));

/** The same for all open turns of a chat, and never another chat's. */
export const cancelChat = (db: Db, args: { readonly chat: number; readonly at: number }): readonly CancelAnswer[] =>
  cancelWhere(db, and(eq(turns.chatId, args.chat), stoppable), args.at);

/**
 * Stop under an answer that is being shown: that answer ends, and nothing that waits behind it. When another one is
 * shown by then, the press came too late.
 */
export const cancelShown = (
  db: Db,
  args: { readonly chat: number; readonly preview: string | undefined; readonly at: number },
): readonly CancelAnswer[] => {
  const { chat, preview, at } = args;
  const isShown = preview === undefined ? undefined : or(isNull(turns.previewId), eq(turns.previewId, preview));
  return cancelWhere(db, and(eq(turns.chatId, chat), isNull(turns.command), ne(turns.state, "queued"), isShown), at);
};
