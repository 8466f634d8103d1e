/** Queries that are built once. Building one costs far more than running it, and these run for every message. */
import { sql } from "drizzle-orm";
import type { Db } from "./db.ts";

/** A value that is given by name when the query runs. */
export const arg = <const Name extends string>(name: Name) => sql.placeholder(name);

/** The query that `build` makes at its first use on a connection. */
export const prepared = <Query>(build: (db: Db) => Query): ((db: Db) => Query) => {
  const built = new WeakMap<Db, Query>();
  return (db) => {
    const known = built.get(db);
    if (known !== undefined) return known;
    const query = build(db);
    built.set(db, query);
    return query;
  };
};
