/** A copy of the database that can be trusted. */
import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { Fault } from "../errors.ts";

export type Copied = { readonly bytes: number; readonly turns: number };

/**
 * Copies the database at `source` to a new file, beside a server that may be writing to it, and reads the copy through.
 * Throws `storage_failed` when the copy cannot be made or does not hold.
 */
export const copyDatabase = (source: string, target: string): Copied => {
  try {
    const from = new Database(source);
    try {
      from.run("PRAGMA busy_timeout = 5000");
      from.query("VACUUM INTO ?").run(target);
    } finally {
      from.close();
    }
    const copy = new Database(target, { readonly: true });
    try {
      const { integrity_check: verdict } = copy
        .query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)")
        .get() ?? { integrity_check: "unreadable" };
      if (verdict !== "ok") throw new Error(verdict);
      const { turns } = copy.query<{ turns: number }, []>("SELECT count(*) AS turns FROM turns").get() ?? { turns: 0 };
      return { bytes: statSync(target).size, turns };
    } finally {
      copy.close();
    }
  } catch (cause) {
    throw new Fault("storage_failed", {
      message: "The copy could not be made.",
      hint: "Is there room on the disk?",
      cause,
    });
  }
};
