/** Notes: what each conversation was told of the people who speak in it, and when it is time to tell it again. */
import { and, eq, sql } from "drizzle-orm";
import type { Db } from "./db.ts";
import { type Persona, personaById } from "./personas.ts";
import { conversationById } from "./posts.ts";
import { arg, prepared } from "./prepared.ts";
import { notes } from "./schema.ts";

const selectNote = prepared((db) =>
  db
    .select()
    .from(notes)
    .where(and(eq(notes.personaId, arg("persona")), eq(notes.conversationId, arg("conversation"))))
    .prepare(),
);

/** Where a message goes: the row of its conversation, and what the server calls it. */
export type NotePlace = { readonly conversation: number; readonly upstreamId: string };

/**
 * Whether the next message tells what is kept about its person: the conversation has not heard of it, has heard something
 * else, or heard it `every` turns of theirs ago (0: never again). Of whom nothing is kept, nothing is told.
 */
export const isNoteDue = (db: Db, persona: Persona, place: NotePlace, every: number): boolean => {
  const told = selectNote(db).get({ persona: persona.id, conversation: place.conversation });
  if (told?.upstreamId !== place.upstreamId) return persona.text !== "";
  if (told.revision !== persona.revision) return true;
  return persona.text !== "" && every > 0 && told.turns + 1 >= every;
};

const insertNote = prepared((db) =>
  db
    .insert(notes)
    .values({
      owner: arg("owner"),
      personaId: arg("persona"),
      conversationId: arg("conversation"),
      upstreamId: arg("upstreamId"),
      revision: arg("revision"),
      turns: 0,
    })
    .onConflictDoUpdate({
      target: [notes.personaId, notes.conversationId],
      set: { upstreamId: sql`excluded.upstream_id`, revision: sql`excluded.revision`, turns: 0 },
    })
    .prepare(),
);

const countTurn = prepared((db) =>
  db
    .update(notes)
    .set({ turns: sql`${notes.turns} + 1` })
    .where(and(eq(notes.personaId, arg("persona")), eq(notes.conversationId, arg("conversation"))))
    .prepare(),
);

/**
 * Part of the transaction that ends a turn whose message has arrived: its note counts as told, or one more turn has gone
 * by without. A cancelled or failed run leaves nothing of its message, so its note did not count.
 */
export const countNote = (
  db: Db,
  turn: {
    readonly personaId: number | null;
    readonly noteRevision: number | null;
    readonly conversationId: number | null;
  },
): void => {
  const { personaId: persona, noteRevision: revision, conversationId: conversation } = turn;
  if (persona === null || conversation === null) return;
  const upstreamId = conversationById(db, conversation)?.upstreamId;
  const owner = personaById(db, persona)?.owner;
  if (revision === null || upstreamId == null || owner === undefined) countTurn(db).run({ persona, conversation });
  else insertNote(db).run({ owner, persona, conversation, upstreamId, revision });
};
