/** The tables about people; `schema.ts` lists them among all others. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { id, owner } from "./columns.ts";

export const persons = sqliteTable("persons", {
  id: id(),
  owner: owner(),
  name: text(),
  /** IANA name of the zone in which times are told; null is the server's UTC. */
  timezone: text(),
  createdAt: integer().notNull(),
});

export const handles = sqliteTable(
  "handles",
  {
    id: id(),
    owner: owner(),
    personId: integer().notNull(),
    /** `<channel>:<realm>:<platform id>` */
    handle: text().notNull(),
    createdAt: integer().notNull(),
  },
  (t) => [uniqueIndex("handles_handle").on(t.handle), index("handles_person").on(t.personId)],
);

/** What is kept about a person for the agents of one account. A block on the account's server holds the same text. */
export const personas = sqliteTable(
  "personas",
  {
    id: id(),
    owner: owner(),
    personId: integer().notNull(),
    accountId: integer().notNull(),
    /** `Persona_<handle>`: what the block is called there, and the person in what agents are told. */
    label: text().notNull(),
    text: text().notNull().default(""),
    /** Counts the changes of `text`. */
    revision: integer().notNull().default(0),
    /** The revision that stands in the block; below `revision` while the block has yet to follow. */
    savedRevision: integer().notNull().default(0),
    /** `block-…`; null until the server has made it, and again when it has lost it. */
    blockId: text(),
    /** The identity that mirrors the person, under the name it has there. */
    identityId: text(),
    identityName: text(),
    createdAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("personas_person").on(t.personId, t.accountId),
    uniqueIndex("personas_label").on(t.accountId, t.label),
    index("personas_unsaved")
      .on(t.id)
      .where(sql`block_id IS NULL OR saved_revision < revision`),
  ],
);

/** What a conversation was told of a person, and how long ago. */
export const notes = sqliteTable(
  "notes",
  {
    owner: owner(),
    personaId: integer().notNull(),
    conversationId: integer().notNull(),
    /** The conversation that heard it: a row of `conversations` may get another one on the server. */
    upstreamId: text().notNull(),
    revision: integer().notNull(),
    /** Turns of the person there since. */
    turns: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.personaId, t.conversationId] })],
);
