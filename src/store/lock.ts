/**
 * The exclusive lock on a data directory. Bun has no file locks, but SQLite takes one that the system drops with the
 * process: an open exclusive transaction on `lock`, a database that stays empty. Nothing is written to it, so it also
 * works on a full disk. The pid stands beside it in `lock.pid`, because a process that opens and closes `lock` itself
 * by any other way than SQLite loses the locks it holds on it.
 */
import { Database } from "bun:sqlite";
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../errors.ts";
import { dataDirFault } from "./data-dir.ts";

export type Lock = {
  /** Gives the lock up. Calling it again does nothing. */
  readonly release: () => void;
};

// A connection that nothing refers to is closed by the garbage collector, and its lock is gone with it.
const held = new Set<Database>();

// How long a contender waits for another one that is just starting or ending: to see it go, or to learn its pid.
const busyTimeoutMs = 250;
const attempts = 4;

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("SQLITE_BUSY");

/** The connection that holds the lock, or undefined when another one does. */
const take = (path: string): Database | undefined => {
  const database = new Database(path, { create: true, readwrite: true });
  try {
    database.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
};

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** The pid in `lock.pid` if such a process runs; what a dead holder left says nothing about the present one. */
const holder = (pidPath: string): number | undefined => {
  try {
    const pid = Number(readFileSync(pidPath, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 && alive(pid) ? pid : undefined;
  } catch {
    return undefined; // best effort: without a name the lock is still held
  }
};

/** The process that holds a data directory, by the name beside its lock; undefined where none is known to live. */
export const holderOf = (dataDir: string): number | undefined => holder(join(dataDir, "lock.pid"));

const announce = (pidPath: string, pid: number): void => {
  try {
    writeFileSync(pidPath, `${pid}\n`, { mode: 0o600 });
  } catch {
    // Best effort: on a full disk the lock holds without its name.
  }
};

const lockedBy = (dataDir: string, pid: number | undefined): Fault =>
  new Fault("data_dir_locked", {
    message: `${pid === undefined ? "Another process" : `Process ${pid}`} already uses the data directory ${dataDir}.`,
    hint: "Stop it first, or choose another directory with --data-dir or DATA_DIR.",
  });

/**
 * Takes the lock on an existing data directory for this process, whose id is `pid`. It lasts until `release` or the
 * process's end, however that comes. Throws `data_dir_locked`, which names the holder's pid, or `data_dir_unusable`.
 */
export const acquireLock = (dataDir: string, pid: number): Lock => {
  const pidPath = join(dataDir, "lock.pid");
  for (let attempt = 1; attempt <= attempts; attempt++) {
    let database: Database | undefined;
    try {
      database = take(join(dataDir, "lock"));
    } catch (cause) {
      throw dataDirFault(dataDir, cause);
    }
    if (database !== undefined) return hold(database, pidPath, pid);
    const other = holder(pidPath);
    if (other !== undefined) throw lockedBy(dataDir, other);
  }
  throw lockedBy(dataDir, undefined);
};

const hold = (database: Database, pidPath: string, pid: number): Lock => {
  held.add(database);
  announce(pidPath, pid);
  return {
    release: () => {
      if (!held.delete(database)) return;
      try {
        unlinkSync(pidPath);
      } catch {
        // Best effort: a name left behind belongs to a process that will be dead.
      }
      database.close();
    },
  };
};
