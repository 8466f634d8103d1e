/** The table of runs. */
import type { Database, SQLQueryBindings } from "bun:sqlite";

export type RunStatus = "created" | "running" | "completed" | "failed" | "cancelled";

export const runStatuses: readonly RunStatus[] = ["created", "running", "completed", "failed", "cancelled"];

export type RunType = "send_message" | "send_conversation_message";

export type RunRow = {
  readonly id: string;
  readonly agentId: string;
  readonly conversationId: string | null;
  readonly status: RunStatus;
  readonly background: boolean;
  readonly runType: RunType;
  readonly stopReason: string | null;
  /** JSON, or null. */
  readonly error: string | null;
  readonly createdAt: number;
  readonly completedAt: number | null;
};

type Raw = {
  id: string;
  agent_id: string;
  conversation_id: string | null;
  status: RunStatus;
  background: number;
  run_type: RunType;
  stop_reason: string | null;
  error: string | null;
  created_at: number;
  completed_at: number | null;
};

const read = (raw: Raw): RunRow => ({
  id: raw.id,
  agentId: raw.agent_id,
  conversationId: raw.conversation_id,
  status: raw.status,
  background: raw.background === 1,
  runType: raw.run_type,
  stopReason: raw.stop_reason,
  error: raw.error,
  createdAt: raw.created_at,
  completedAt: raw.completed_at,
});

export type RunFilter = {
  readonly agentIds?: readonly string[];
  readonly conversationId?: string;
  readonly statuses?: readonly RunStatus[];
  readonly background?: boolean;
  readonly stopReason?: string;
  readonly before?: string;
  readonly after?: string;
  readonly ascending?: boolean;
  readonly limit: number;
};

const active: readonly RunStatus[] = ["created", "running"];

const marks = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

export const runsIn = (db: Database) => {
  const list = (filter: RunFilter): readonly RunRow[] => {
    const tests: string[] = ["1"];
    const values: SQLQueryBindings[] = [];
    const test = (sql: string, ...bound: SQLQueryBindings[]): void => {
      tests.push(sql);
      values.push(...bound);
    };
    const cursor = (id: string | undefined): number | null =>
      id === undefined
        ? null
        : (db.query<{ n: number }, [string]>("SELECT n FROM runs WHERE id = ?1").get(id)?.n ?? null);
    if (filter.agentIds !== undefined) test(`agent_id IN (${marks(filter.agentIds)})`, ...filter.agentIds);
    if (filter.conversationId !== undefined) test("conversation_id = ?", filter.conversationId);
    if (filter.statuses !== undefined) {
      test(`status IN (${marks(filter.statuses)})`, ...filter.statuses);
      // Said in these words so that the index of the few active runs is used.
      if (filter.statuses.every((status) => active.includes(status))) test("status IN ('created', 'running')");
    }
    if (filter.background !== undefined) test("background = ?", filter.background ? 1 : 0);
    if (filter.stopReason !== undefined) test("stop_reason = ?", filter.stopReason);
    // Letta 0.16 has these two the wrong way round: newest first, `after` answers newer runs and `before` older ones;
    // oldest first, it is the other way about. Whoever pages backwards with `after` reads the first page again.
    const before = cursor(filter.before);
    const after = cursor(filter.after);
    if (after !== null) test(filter.ascending ? "n < ?" : "n > ?", after);
    if (before !== null) test(filter.ascending ? "n > ?" : "n < ?", before);
    const order = filter.ascending ? "ASC" : "DESC";
    const sql = `SELECT * FROM runs WHERE ${tests.join(" AND ")} ORDER BY n ${order} LIMIT ?`;
    return db
      .query<Raw, SQLQueryBindings[]>(sql)
      .all(...values, filter.limit)
      .map(read);
  };

  return {
    insert: (run: RunRow): void => {
      db.query(
        "INSERT INTO runs (id, agent_id, conversation_id, status, background, run_type, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      ).run(run.id, run.agentId, run.conversationId, run.status, run.background ? 1 : 0, run.runType, run.createdAt);
    },

    find: (id: string): RunRow | null => {
      const raw = db.query<Raw, [string]>("SELECT * FROM runs WHERE id = ?1").get(id);
      return raw === null ? null : read(raw);
    },

    list,

    /** Created or running, newest first. */
    active: (filter: { readonly agentId: string } | { readonly conversationId: string }): readonly RunRow[] =>
      list({
        ...("agentId" in filter ? { agentIds: [filter.agentId] } : filter),
        statuses: active,
        limit: 100,
      }),

    finish: (
      id: string,
      end: Pick<RunRow, "status" | "stopReason" | "error"> & { readonly completedAt: number },
    ): void => {
      db.query("UPDATE runs SET status = ?2, stop_reason = ?3, error = ?4, completed_at = ?5 WHERE id = ?1").run(
        id,
        end.status,
        end.stopReason,
        end.error,
        end.completedAt,
      );
    },
  };
};
