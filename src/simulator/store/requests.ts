import type { Database } from "bun:sqlite";

/** One message POST as it arrived, for checkers: what reached the server, and how often. */
export type RequestEntry = {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly agentId: string | null;
  /** `default`, `conv-…`, or null when the post named none. */
  readonly conversationId: string | null;
  /** Null when the post was refused. */
  readonly runId: string | null;
  readonly otids: readonly (string | null)[];
  /** Every text of every message, metadata included. */
  readonly texts: readonly string[];
  readonly approvals: readonly { readonly tool_call_id: string; readonly approve: boolean }[];
};

type Raw = {
  n: number;
  at: number;
  method: string;
  path: string;
  agent_id: string | null;
  conversation_id: string | null;
  run_id: string | null;
  said: string;
};

const kept = 100_000;
const sweepEvery = 1_024;

export const requestsIn = (db: Database) => ({
  /** Answers the entry's number. */
  insert: (entry: RequestEntry): number => {
    const { lastInsertRowid } = db
      .query(
        "INSERT INTO requests (at, method, path, agent_id, conversation_id, run_id, said) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      )
      .run(
        entry.at,
        entry.method,
        entry.path,
        entry.agentId,
        entry.conversationId,
        entry.runId,
        JSON.stringify({ otids: entry.otids, texts: entry.texts, approvals: entry.approvals }),
      );
    const n = Number(lastInsertRowid);
    if (n % sweepEvery === 0) db.query("DELETE FROM requests WHERE n <= ?1").run(n - kept);
    return n;
  },

  list: (after: number, limit: number): readonly object[] =>
    db
      .query<Raw, [number, number]>("SELECT * FROM requests WHERE n > ?1 ORDER BY n LIMIT ?2")
      .all(after, limit)
      .map(({ said, ...row }) => ({ ...row, ...(JSON.parse(said) as object) })),
});
