/** The tables of what goes out, and of what gave up; `schema.ts` lists them among all others. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { OutboxKind, OutboxState } from "../outbox/states.ts";
import { id, owner } from "./columns.ts";

export const outbox = sqliteTable(
  "outbox",
  {
    id: id(),
    owner: owner(),
    botId: integer().notNull(),
    chatId: integer().notNull(),
    turnId: integer(),
    kind: text().$type<OutboxKind>().notNull(),
    /** JSON `Address`. */
    address: text().notNull(),
    /** JSON `Part`; null when pruned. */
    part: text(),
    /** How many messages the platform has taken of the part so far. More than one where it refuses long ones. */
    said: integer().notNull().default(0),
    /** JSON `Part[]`: what is still to be said of the part; null while that is all of it. */
    rest: text(),
    /** Stable over retries, so that a platform that knows such keys can drop copies. */
    sendKey: text().notNull(),
    state: text().$type<OutboxState>().notNull(),
    attempts: integer().notNull().default(0),
    dueAt: integer().notNull(),
    deadlineAt: integer().notNull(),
    leaseBoot: integer(),
    stalledBoots: integer().notNull().default(0),
    /** Preview, or message with buttons, that this part is edited into. */
    replaces: text(),
    /** The same by the row of an earlier part of the chat, whose platform id is known when its turn has come. */
    replacesPart: integer(),
    /** Until when a number in its chat stands for one of the choices that it lists; null when it lists none, or no more. */
    offersUntil: integer(),
    /** The platform's answer to an attempt was never seen, so it may stand there twice. Counted and listed. */
    ambiguous: integer({ mode: "boolean" }).notNull().default(false),
    /** The message that is said now was sent once more already: of each one copy is allowed. */
    copied: integer({ mode: "boolean" }).notNull().default(false),
    platformId: text(),
    errorCode: text(),
    createdAt: integer().notNull(),
    finishedAt: integer(),
  },
  (t) => [
    uniqueIndex("outbox_send_key").on(t.sendKey),
    index("outbox_open_by_chat")
      .on(t.chatId, t.id)
      .where(sql`finished_at IS NULL`),
    index("outbox_open_by_due")
      .on(t.dueAt)
      .where(sql`finished_at IS NULL`),
    index("outbox_finished").on(t.finishedAt),
    index("outbox_turn").on(t.turnId),
    index("outbox_offers")
      .on(t.chatId)
      .where(sql`offers_until IS NOT NULL`),
  ],
);

/** Inbox or outbox rows that gave up. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: id(),
    owner: owner(),
    source: text().$type<"turn" | "outbox">().notNull(),
    sourceId: integer().notNull(),
    code: text().notNull(),
    createdAt: integer().notNull(),
  },
  (t) => [uniqueIndex("dead_letters_source").on(t.source, t.sourceId), index("dead_letters_created").on(t.createdAt)],
);
