/**
 * Personas: what is kept about people. The text here is what agents are told; the block on the Letta server follows it,
 * and what somebody writes into the block comes back here. Each change of the text is a revision.
 */
import { and, asc, eq, gt, isNull, lt, or } from "drizzle-orm";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { events, handles, personas, persons } from "./schema.ts";

export type Persona = typeof personas.$inferSelect;

/** Longest label; a handle is as long as its platform likes. */
const mostLabelChars = 100;

/** `telegram::123` → `Persona_telegram_123`. A slash would make a block unreachable by its label (0.16.7). */
const labelOf = (handle: string): string =>
  `Persona_${handle.replaceAll(/:+/g, "_").replaceAll(/[^\w.@+-]/g, "-")}`.slice(0, mostLabelChars);

const selectPersona = prepared((db) =>
  db
    .select()
    .from(personas)
    .where(and(eq(personas.personId, arg("person")), eq(personas.accountId, arg("account"))))
    .prepare(),
);

/** What the agents of this account may know of this person. */
export const personaOf = (db: Db, person: number, account: number): Persona | undefined =>
  selectPersona(db).get({ person, account });

const selectById = prepared((db) =>
  db
    .select()
    .from(personas)
    .where(eq(personas.id, arg("id")))
    .prepare(),
);

export const personaById = (db: Db, id: number): Persona | undefined => selectById(db).get({ id });

/** Personas whose block does not exist or does not say what it should, by their keys behind `after`. */
export const unsavedPersonas = (db: Db, after: number, limit = 100): readonly Persona[] =>
  db
    .select()
    .from(personas)
    .where(and(gt(personas.id, after), or(isNull(personas.blockId), lt(personas.savedRevision, personas.revision))))
    .orderBy(asc(personas.id))
    .limit(limit)
    .all();

/** The handle by which a person came first, and the name they had. */
export const firstHandle = (db: Db, person: number) =>
  db
    .select({ handle: handles.handle, name: persons.name })
    .from(handles)
    .innerJoin(persons, eq(persons.id, handles.personId))
    .where(eq(handles.personId, person))
    .orderBy(asc(handles.id))
    .limit(1)
    .get();

/** The persona of a person, made at first use; empty then. Null for a person of whom nothing is known. */
export const ensurePersona = (
  db: Db,
  args: { readonly person: number; readonly account: number; readonly at: number },
): Persona | null => {
  const { person: personId, account: accountId, at } = args;
  const known = personaOf(db, personId, accountId);
  if (known) return known;
  const first = firstHandle(db, personId);
  if (!first) return null;
  const plain = labelOf(first.handle);
  const taken = db
    .select({ id: personas.id })
    .from(personas)
    .where(and(eq(personas.accountId, accountId), eq(personas.label, plain)))
    .get();
  const label = taken ? `${plain}_${personId}` : plain;
  return db
    .insert(personas)
    .values({ owner: `person:${personId}`, personId, accountId, label, createdAt: at })
    .returning()
    .get();
};

/**
 * Replaces the text, if it still stands at `revision` where one is given. Answers whether it says now what it should:
 * false when somebody changed it in between.
 */
export const writePersona = (
  db: Db,
  args: { readonly persona: number; readonly text: string; readonly revision?: number },
): boolean => {
  const { persona: id, text, revision } = args;
  const present = personaById(db, id);
  if (!present || (revision !== undefined && present.revision !== revision)) return false;
  if (present.text === text) return true;
  db.update(personas)
    .set({ text, revision: present.revision + 1 })
    .where(eq(personas.id, id))
    .run();
  return true;
};

/** Somebody wrote into the block: its text is taken over, unless ours has changed since `revision`. */
export const adoptPersona = (
  db: Db,
  args: { readonly persona: number; readonly text: string; readonly revision: number },
): void => {
  const { persona: id, text, revision } = args;
  const next = revision + 1;
  db.update(personas)
    .set({ text, revision: next, savedRevision: next })
    .where(and(eq(personas.id, id), eq(personas.revision, revision), eq(personas.savedRevision, revision)))
    .run();
};

/** Whether the block does not exist or does not say what it should. */
export const isUnsaved = ({ blockId, savedRevision, revision }: Persona): boolean =>
  blockId === null || savedRevision < revision;

/** The block holds this revision. */
export const recordBlock = (
  db: Db,
  args: { readonly persona: number; readonly blockId: string; readonly revision: number },
): void => {
  db.update(personas)
    .set({ blockId: args.blockId, savedRevision: args.revision })
    .where(eq(personas.id, args.persona))
    .run();
};

/** The server has lost the block; the text is kept. The next block is a stranger to the identity. */
export const forgetBlock = (db: Db, args: { readonly persona: number; readonly blockId: string }): void => {
  db.update(personas)
    .set({ blockId: null, identityName: null })
    .where(and(eq(personas.id, args.persona), eq(personas.blockId, args.blockId)))
    .run();
};

export const recordIdentity = (
  db: Db,
  args: { readonly persona: number; readonly identityId: string; readonly identityName: string },
): void => {
  const { identityId, identityName } = args;
  db.update(personas).set({ identityId, identityName }).where(eq(personas.id, args.persona)).run();
};

const selectSpeakers = prepared((db) =>
  db
    .selectDistinct({ person: handles.personId })
    .from(events)
    .innerJoin(handles, eq(handles.id, events.handleId))
    .where(eq(events.turnId, arg("turn")))
    .limit(2)
    .prepare(),
);

/** The person all messages of a turn are from; undefined when nobody or more than one speaks in it. */
export const speakerOf = (db: Db, turn: number): number | undefined => {
  const [speaker, another] = selectSpeakers(db).all({ turn });
  return another ? undefined : speaker?.person;
};
