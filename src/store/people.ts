/** People, by their rows. */
import { and, asc, eq } from "drizzle-orm";
import type { Db } from "./db.ts";
import { grants, handles, persons } from "./schema.ts";

export type Person = typeof persons.$inferSelect;

export const personById = (db: Db, id: number): Person | undefined =>
  db.select().from(persons).where(eq(persons.id, id)).get();

export const nameOfPerson = (db: Db, id: number): string | undefined => personById(db, id)?.name ?? undefined;

/** Every handle of a person, the first one first. */
export const handlesOf = (db: Db, person: number): readonly string[] =>
  db
    .select({ handle: handles.handle })
    .from(handles)
    .where(eq(handles.personId, person))
    .orderBy(asc(handles.id))
    .all()
    .map(({ handle }) => handle);

/** What was decided about a person at a bot; undefined when nobody decided anything. */
export const grantOf = (db: Db, bot: number, person: number) =>
  db
    .select()
    .from(grants)
    .where(and(eq(grants.botId, bot), eq(grants.personId, person)))
    .get();
