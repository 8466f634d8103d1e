import type { Database } from "bun:sqlite";
import { rememberedMs } from "./otids.ts";

/** What background runs streamed, kept for resuming after their end. */
export const tapesIn = (db: Database) => ({
  insert: (runId: string, frames: readonly string[], at: number): void => {
    db.query("INSERT OR REPLACE INTO tapes (run_id, frames, at) VALUES (?1, ?2, ?3)").run(
      runId,
      JSON.stringify(frames),
      at,
    );
  },

  find: (runId: string): readonly string[] | null => {
    const row = db.query<{ frames: string }, [string]>("SELECT frames FROM tapes WHERE run_id = ?1").get(runId);
    return row === null ? null : (JSON.parse(row.frames) as string[]);
  },

  forget: (now: number): void => {
    db.query("DELETE FROM tapes WHERE n IN (SELECT n FROM tapes ORDER BY n LIMIT 50) AND at <= ?1").run(
      now - rememberedMs,
    );
  },
});
