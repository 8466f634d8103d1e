import type { Database } from "bun:sqlite";

/** How long the server remembers which run a post belongs to. */
export const rememberedMs = 3 * 60 * 60 * 1_000;

/** A post of one message is known by its `otid`, a longer one by the list as a whole: only the same list is the same post. */
const postKey = (otids: readonly string[]): string | null =>
  otids.length > 1 ? new Bun.CryptoHasher("sha256").update(otids.join("|")).digest("hex") : (otids[0] ?? null);

const partKey = (otid: string): string => `part ${otid}`;

/**
 * Which run a post, or one of its messages, belongs to. As in the real server the keys know no agent and no owner: who
 * reuses another's `otid` is given another's stream.
 */
export const otidsIn = (db: Database) => {
  const find = (key: string, now: number): string | null =>
    db
      .query<{ run_id: string }, [string, number]>("SELECT run_id FROM otids WHERE key = ?1 AND at > ?2")
      .get(key, now - rememberedMs)?.run_id ?? null;

  return {
    remember: (otids: readonly string[], runId: string, at: number): void => {
      const key = postKey(otids);
      if (key === null) return;
      const keys = otids.length > 1 ? [key, ...otids.map(partKey)] : [key];
      for (const each of keys) {
        db.query("INSERT OR REPLACE INTO otids (key, run_id, at) VALUES (?1, ?2, ?3)").run(each, runId, at);
      }
    },

    /** The run made by exactly this list. */
    findPost: (otids: readonly string[], now: number): string | null => {
      const key = postKey(otids);
      return key === null ? null : find(key, now);
    },

    /** The run that was given this message, alone or among others. */
    findMessage: (otid: string, now: number): string | null => find(otid, now) ?? find(partKey(otid), now),

    /** Some of the expired ones, oldest first; called again and again. */
    forget: (now: number): void => {
      db.query("DELETE FROM otids WHERE n IN (SELECT n FROM otids ORDER BY n LIMIT 500) AND at <= ?1").run(
        now - rememberedMs,
      );
    },
  };
};
