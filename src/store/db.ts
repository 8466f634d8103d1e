/** The SQLite connections. The writer opens the only one that may write; everybody else reads. */
import { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { join } from "node:path";

export const databasePath = (dataDir: string): string => join(dataDir, "lettabox.sqlite");

const wrap = (sqlite: Database) => drizzle(sqlite, { casing: "snake_case" });

/** A connection as the queries see it, inside or outside a transaction. */
export type Db = ReturnType<typeof wrap>;

/** Milliseconds a connection waits for another one's lock; only a backup or a migration ever holds one that long. */
const busyTimeoutMs = 5_000;
/** How SQLite answers for `auto_vacuum = INCREMENTAL`. */
const incremental = 2;

/**
 * `synchronous=FULL` makes every commit wait for the disk, which is what an acknowledgement promises.
 * `auto_vacuum` only takes effect on a file without tables, so it stands before `journal_mode`, which writes the first page.
 * It is set once, because setting it is a commit, also where it is set already.
 */
export const openForWriting = (path: string): Db => {
  const sqlite = new Database(path, { create: true });
  sqlite.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  const { auto_vacuum: autoVacuum } = sqlite.query("PRAGMA auto_vacuum").get() as { auto_vacuum: number };
  if (autoVacuum !== incremental) sqlite.run("PRAGMA auto_vacuum = INCREMENTAL");
  sqlite.run("PRAGMA journal_mode = WAL");
  sqlite.run("PRAGMA synchronous = FULL");
  sqlite.run("PRAGMA journal_size_limit = 67108864");
  return wrap(sqlite);
};

/** Takes from a connection what it may write; it goes on as one of the readers. */
export const endWriting = (db: Db): Db => {
  db.$client.run("PRAGMA query_only = ON");
  return db;
};

/** What a runner asks about a queue in the database; keys are lanes or chats. */
export type QueueIndex = {
  /** Keys that have unfinished jobs, above `after`, a page at a time. */
  readonly waiting: (after: number) => readonly number[];
  /** When the next job falls due, later than `after`. */
  readonly nextDue: (after: number) => number | undefined;
  /** Keys of jobs that fall due in this time, above `afterKey`, a page at a time. */
  readonly dueBetween: (after: number, until: number, afterKey: number) => readonly number[];
};
