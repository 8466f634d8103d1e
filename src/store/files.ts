/** Files that agents made, on their way out: rows beside bytes that lie in the data directory under the same number. */
import { inArray } from "drizzle-orm";
import type { Db } from "./db.ts";
import { files } from "./schema.ts";

export type NewFile = {
  /** Chosen before the row is: its bytes are stored first. */
  readonly id: number;
  readonly name: string;
  readonly mime: string;
  readonly bytes: number;
};

/** Part of the transaction that adds what a turn said. A file that is made again is the same one. */
export const putFiles = (
  db: Db,
  turn: { readonly id: number; readonly owner: string },
  made: readonly NewFile[],
  at: number,
): void => {
  for (const file of made) {
    db.insert(files)
      .values({ ...file, owner: turn.owner, turnId: turn.id, createdAt: at })
      .onConflictDoNothing()
      .run();
  }
};

/** Files that are past their time; none that still waits to be sent. */
export const oldFiles = (db: Db, before: number, limit: number): readonly number[] =>
  db.$client
    .query<{ id: number }, [number, number]>(
      `SELECT f.id FROM files f WHERE f.created_at < ? AND NOT EXISTS (
         SELECT 1 FROM outbox o WHERE o.turn_id = f.turn_id AND o.finished_at IS NULL)
       ORDER BY f.created_at LIMIT ?`,
    )
    .all(before, limit)
    .map(({ id }) => id);

/** Which of these have a row. */
export const knownFiles = (db: Db, ids: readonly number[]): ReadonlySet<number> =>
  new Set(
    db
      .select({ id: files.id })
      .from(files)
      .where(inArray(files.id, [...ids]))
      .all()
      .map(({ id }) => id),
  );

/** Their bytes are gone. */
export const dropFiles = (db: Db, args: { readonly ids: readonly number[] }): void => {
  db.delete(files)
    .where(inArray(files.id, [...args.ids]))
    .run();
};
