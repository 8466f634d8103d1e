/** Files on their way out, made by agents or given by programs: rows beside bytes that lie in the data directory under the same number. */
import { inArray } from "drizzle-orm";
import type { Db } from "./db.ts";
import { partBySendKey } from "./outbox.ts";
import { files } from "./schema.ts";

export type NewFile = {
  /** Chosen before the row is: its bytes are stored first. */
  readonly id: number;
  readonly name: string;
  readonly mime: string;
  readonly bytes: number;
};

const put = (
  db: Db,
  made: readonly NewFile[],
  whose: { readonly owner: string; readonly turnId: number } | { readonly owner: string; readonly partId: number },
  createdAt: number,
): void => {
  for (const { id, name, mime, bytes } of made) {
    db.insert(files)
      .values({ id, name, mime, bytes, ...whose, createdAt })
      .onConflictDoNothing()
      .run();
  }
};

/** Part of the transaction that adds what a turn said. A file that is made again is the same one. */
export const putFiles = (
  db: Db,
  turn: { readonly id: number; readonly owner: string },
  made: readonly NewFile[],
  at: number,
): void => put(db, made, { owner: turn.owner, turnId: turn.id }, at);

/** The same for a file that no turn made: it hangs on the part that sends it. */
export const putFileOfPart = (
  db: Db,
  file: NewFile & { readonly sendKey: string },
  owner: string,
  at: number,
): void => {
  const partId = partBySendKey(db, file.sendKey);
  if (partId === undefined) throw new Error("no part sends the file");
  put(db, [file], { owner, partId }, at);
};

/** Files that are past their time; none that still waits to be sent. */
export const oldFiles = (db: Db, before: number, limit: number): readonly number[] =>
  db.$client
    .query<{ id: number }, [number, number]>(
      `SELECT f.id FROM files f WHERE f.created_at < ? AND NOT EXISTS (
         SELECT 1 FROM outbox o WHERE o.turn_id = f.turn_id AND o.finished_at IS NULL) AND NOT EXISTS (
         SELECT 1 FROM outbox o WHERE o.id = f.part_id AND o.finished_at IS NULL)
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
