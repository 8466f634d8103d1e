/** Dead letters: turns and outbox rows that gave up, kept until someone retries or drops them. */
import { and, desc, eq, inArray, lt } from "drizzle-orm";
import type { Db } from "./db.ts";
import { deadLetters, events, outbox, turns } from "./schema.ts";

export type DeadLetter = typeof deadLetters.$inferSelect;

export const listDeadLetters = (
  db: Db,
  { before, limit }: { readonly before?: number; readonly limit: number },
): readonly DeadLetter[] =>
  db
    .select()
    .from(deadLetters)
    .where(before === undefined ? undefined : lt(deadLetters.id, before))
    .orderBy(desc(deadLetters.id))
    .limit(limit)
    .all();

export const deadLetterById = (db: Db, id: number): DeadLetter | undefined =>
  db.select().from(deadLetters).where(eq(deadLetters.id, id)).get();

export const outboxById = (db: Db, id: number) => db.select().from(outbox).where(eq(outbox.id, id)).get();

export const dropDeadLetter = (db: Db, args: { readonly id: number }): boolean =>
  db.delete(deadLetters).where(eq(deadLetters.id, args.id)).returning().all().length > 0;

export type Retried =
  | {
      readonly outcome: "turn";
      readonly turnId: string;
      readonly turn: number;
      readonly chat: number;
      readonly lane: number | null;
    }
  | { readonly outcome: "part"; readonly chat: number }
  | { readonly outcome: "missing" }
  | { readonly outcome: "pruned" };

/**
 * Tries a dead letter again. A turn leaves no final state, so its events move to a new turn at the end of the chat's
 * queue, under the binding it had; a part goes back to `pending` with a new deadline.
 */
export const retryDeadLetter = (
  db: Db,
  args: { readonly id: number; readonly turnId: string; readonly at: number; readonly deadlineAt: number },
): Retried => {
  const letter = deadLetterById(db, args.id);
  if (!letter) return { outcome: "missing" };
  if (letter.source === "outbox") {
    const part = outboxById(db, letter.sourceId);
    if (part?.part == null) return { outcome: "pruned" };
    const { at, deadlineAt } = args;
    db.update(outbox)
      .set({
        state: "pending",
        dueAt: at,
        deadlineAt,
        finishedAt: null,
        attempts: 0,
        copied: false,
        errorCode: null,
      })
      .where(eq(outbox.id, part.id))
      .run();
    db.delete(deadLetters).where(eq(deadLetters.id, letter.id)).run();
    return { outcome: "part", chat: part.chatId };
  }
  const turn = db.select().from(turns).where(eq(turns.id, letter.sourceId)).get();
  const inbound = db.select().from(events).where(eq(events.turnId, letter.sourceId)).all();
  if (!turn || inbound.length === 0 || inbound.some((event) => event.payload === null)) return { outcome: "pruned" };
  const { owner, botId, chatId, personId, tokenId, trigger, share, command, muted } = turn;
  const { accountId, agentId, agentName, conversationId } = turn;
  const again = db
    .insert(turns)
    .values({
      owner,
      botId,
      chatId,
      personId,
      tokenId,
      accountId,
      agentId,
      agentName,
      conversationId,
      command,
      trigger,
      share,
      muted,
      publicId: args.turnId,
      state: "queued",
      dueAt: args.at,
      createdAt: args.at,
    })
    .returning({ id: turns.id })
    .get();
  const ids = inbound.map((event) => event.id);
  db.update(events).set({ turnId: again.id }).where(inArray(events.id, ids)).run();
  db.delete(deadLetters)
    .where(and(eq(deadLetters.id, letter.id)))
    .run();
  return { outcome: "turn", turnId: args.turnId, turn: again.id, chat: chatId, lane: conversationId };
};
