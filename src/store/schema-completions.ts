/** The table of the completions API; `schema.ts` lists it among all others. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { id, owner } from "./columns.ts";

/** What agents heard from callers who send whole histories: one row per turn, at its place in the caller's history. */
export const heard = sqliteTable(
  "heard",
  {
    id: id(),
    owner: owner(),
    /** Where histories are told apart: the key of the chat that the caller names. */
    scope: text().notNull(),
    agentId: text().notNull(),
    /** The branch that heard it, which is a chat of its own. */
    chatId: integer().notNull(),
    turnId: integer().notNull(),
    /** A hash of everything the person had said when the message of this turn was said. */
    place: text().notNull(),
    /** Somebody in this scope has shown answers among their messages by then, so histories are whole there. */
    withAnswers: integer({ mode: "boolean" }).notNull(),
    /** Hash of the caller's instructions as the branch knows them; null when it knows none. */
    instructions: text(),
  },
  (t) => [
    index("heard_place").on(t.scope, t.agentId, t.place, t.id),
    index("heard_scope").on(t.scope, t.agentId, t.id),
    index("heard_branch").on(t.chatId, t.agentId, t.id),
  ],
);
