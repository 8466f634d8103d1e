/** The tables of the HTTP API; `schema.ts` lists them among all others. */
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { id, owner } from "./columns.ts";

export const tokens = sqliteTable(
  "tokens",
  {
    id: id(),
    owner: owner(),
    name: text().notNull(),
    hash: text().notNull(),
    /** JSON array of scopes. */
    scopes: text().notNull(),
    /** JSON array of the ids of the only agents it may have to do with; null is all. */
    agents: text(),
    /** Requests a minute; 0 is no limit, null what the configuration says. */
    ratePerMinute: integer(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
    revokedAt: integer(),
  },
  (t) => [uniqueIndex("tokens_hash").on(t.hash)],
);

/** What programs asked to be said in a chat. Its parts are the outbox rows whose send keys begin with `publicId`. */
export const messages = sqliteTable(
  "messages",
  {
    id: id(),
    owner: owner(),
    /** What the outside sees: `msg_…`, unguessable. */
    publicId: text().notNull(),
    chatId: integer().notNull(),
    tokenId: integer().notNull(),
    /** The caller's idempotency key, or one of our own. */
    key: text().notNull(),
    /** What the request said, hashed: the same key with another body is a conflict. */
    bodyHash: text().notNull(),
    createdAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("messages_public").on(t.publicId),
    uniqueIndex("messages_key").on(t.tokenId, t.key),
    index("messages_created").on(t.createdAt),
  ],
);
