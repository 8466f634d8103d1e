/** Daily limits: messages for agents are counted in the transaction that accepts them, so that no restart forgets them. */
import { sql } from "drizzle-orm";
import { selectTally } from "./access-queries.ts";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { tallies } from "./schema.ts";

export type Limited = { readonly of: "chat" | "person"; readonly scope: string; readonly limit: number };

const addOne = prepared((db) =>
  db
    .insert(tallies)
    .values({ owner: "house", scope: arg("scope"), day: arg("day"), count: 1 })
    .onConflictDoUpdate({ target: [tallies.scope, tallies.day], set: { count: sql`${tallies.count} + 1` } })
    .prepare(),
);

const markTold = prepared((db) =>
  db
    .insert(tallies)
    .values({ owner: "house", scope: arg("scope"), day: arg("day"), count: 0, told: true })
    .onConflictDoUpdate({ target: [tallies.scope, tallies.day], set: { told: true } })
    .prepare(),
);

/** The day by UTC, which is the same for everybody in a group. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The limit that is used up, and whether that was said today; the chat's own goes first. */
export const usedUp = (
  db: Db,
  limits: readonly Limited[],
  at: number,
): (Limited & { readonly told: boolean }) | undefined => {
  const day = dayOf(at);
  for (const limit of limits) {
    const tally = selectTally(db).get({ scope: limit.scope, day });
    if ((tally?.count ?? 0) >= limit.limit) return { ...limit, told: tally?.told ?? false };
  }
  return undefined;
};

export const countOne = (db: Db, limits: readonly Limited[], at: number): void => {
  for (const { scope } of limits) addOne(db).run({ scope, day: dayOf(at) });
};

export const sayUsedUp = (db: Db, { scope }: Limited, at: number): void => {
  markTold(db).run({ scope, day: dayOf(at) });
};
