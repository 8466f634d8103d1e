/** Brings the schema up to date, after putting a copy of the old database beside it. */
import type { Database } from "bun:sqlite";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { migrations as embedded } from "../../migrations/index.ts";
import { Fault } from "../errors.ts";
import { type Db, databasePath, openForWriting } from "./db.ts";

type Migration = { readonly name: string; readonly sql: string };

/** Name of the copy that is taken before version `from` becomes something newer. */
const copyPath = (dataDir: string, from: number): string =>
  join(dataDir, "backups", `before-schema-${from + 1}.sqlite`);

const copyBefore = (sqlite: Database, dataDir: string, applied: number): void => {
  const copy = copyPath(dataDir, applied);
  try {
    mkdirSync(join(dataDir, "backups"), { recursive: true, mode: 0o700 });
    rmSync(copy, { force: true });
    sqlite.query("VACUUM INTO ?").run(copy);
  } catch (cause) {
    throw new Fault("data_dir_unusable", {
      message: `The database cannot be copied to ${copy} before it is brought up to date.`,
      hint: "Make room for a second copy of the database, then start again. Nothing was changed.",
      cause,
    });
  }
};

/**
 * Applies what is missing, each migration in one transaction; `user_version` counts those applied. A database that is
 * not new is copied to `DATA_DIR/backups` first. Answers the connection, which may still write. Throws `schema_newer` for
 * a database that knows more than we do.
 */
export const migrate = (dataDir: string, migrations: readonly Migration[] = embedded): Db => {
  const db = openForWriting(databasePath(dataDir));
  const sqlite = db.$client;
  try {
    const row = sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get();
    const applied = row?.user_version ?? 0;
    if (applied > migrations.length) {
      throw new Fault("schema_newer", {
        message: `The database has schema version ${applied}; this lettabox knows versions up to ${migrations.length}.`,
        hint: `Run the newer lettabox that wrote it, or go back to a copy in ${join(dataDir, "backups")}.`,
      });
    }
    if (applied === migrations.length) return db;
    if (applied > 0) copyBefore(sqlite, dataDir, applied);
    for (const [index, migration] of migrations.entries()) {
      if (index < applied) continue;
      sqlite.transaction(() => {
        for (const statement of migration.sql.split("--> statement-breakpoint")) sqlite.run(statement);
        sqlite.run(`PRAGMA user_version = ${index + 1}`);
      })();
    }
    return db;
  } catch (error) {
    sqlite.close();
    throw error;
  }
};
