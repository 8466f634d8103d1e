/** Who has claimed a bot: they steer the house account there, and hear what waits for a decision. */
import { and, asc, eq } from "drizzle-orm";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { operators } from "./schema.ts";

export type Operator = typeof operators.$inferSelect;

const selectOperator = prepared((db) =>
  db
    .select({ personId: operators.personId })
    .from(operators)
    .where(and(eq(operators.botId, arg("bot")), eq(operators.personId, arg("person"))))
    .prepare(),
);

export const isOperator = (db: Db, bot: number, person: number | null | undefined): boolean =>
  person != null && selectOperator(db).get({ bot, person }) !== undefined;

/** In the order in which they claimed it. */
export const operatorsOf = (db: Db, bot: number): readonly Operator[] =>
  db.select().from(operators).where(eq(operators.botId, bot)).orderBy(asc(operators.createdAt)).all();
