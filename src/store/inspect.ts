/** A look at the database beside a server that may be using it: nothing is changed, nothing migrated. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { migrations } from "../../migrations/index.ts";
import { databasePath } from "./db.ts";

export type Inspection = {
  /** Migrations that were applied. */
  readonly version: number;
  /** Migrations that this program knows. */
  readonly newest: number;
  /** What only the right master key opens; undefined before the first start came so far. */
  readonly canary: string | undefined;
};

/** Undefined where there is no database. Throws what SQLite throws. */
export const inspectDatabase = (dataDir: string): Inspection | undefined => {
  const path = databasePath(dataDir);
  if (!existsSync(path)) return undefined;
  const sqlite = new Database(path, { readonly: true });
  try {
    sqlite.run("PRAGMA busy_timeout = 1000");
    const version = sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
    const canary =
      version === 0
        ? undefined
        : sqlite.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'canary'").get()?.value;
    return { version, newest: migrations.length, canary };
  } finally {
    sqlite.close();
  }
};
