/** What deciding about an event looks up: a few rows by their keys. */
import { and, count, eq, gt, sql } from "drizzle-orm";
import { arg, prepared } from "./prepared.ts";
import { admissions, claims, grants, tallies } from "./schema.ts";

/** Written out, because the index of those that wait is only used where nothing is left to be filled in. */
export const isWaiting = sql`${admissions.state} = 'waiting'`;

export const selectClaim = prepared((db) =>
  db
    .select()
    .from(claims)
    .where(eq(claims.botId, arg("bot")))
    .prepare(),
);

export const selectGrant = prepared((db) =>
  db
    .select()
    .from(grants)
    .where(and(eq(grants.botId, arg("bot")), eq(grants.personId, arg("person"))))
    .prepare(),
);

export const selectWaiting = prepared((db) =>
  db
    .select()
    .from(admissions)
    .where(
      and(
        eq(admissions.botId, arg("bot")),
        eq(admissions.kind, "person"),
        eq(admissions.personId, arg("person")),
        isWaiting,
        gt(admissions.expiresAt, arg("at")),
      ),
    )
    .limit(1)
    .prepare(),
);

export const countWaiting = prepared((db) =>
  db
    .select({ count: count() })
    .from(admissions)
    .where(and(eq(admissions.botId, arg("bot")), isWaiting, gt(admissions.expiresAt, arg("at"))))
    .prepare(),
);

export const selectByCode = prepared((db) =>
  db
    .select()
    .from(admissions)
    .where(and(eq(admissions.botId, arg("bot")), eq(admissions.code, arg("code")), isWaiting))
    .prepare(),
);

export const selectTally = prepared((db) =>
  db
    .select()
    .from(tallies)
    .where(and(eq(tallies.scope, arg("scope")), eq(tallies.day, arg("day"))))
    .prepare(),
);
