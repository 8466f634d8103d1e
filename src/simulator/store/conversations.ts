/** The table of conversations. */
import type { Database, SQLQueryBindings } from "bun:sqlite";

export type ConversationRow = {
  readonly id: string;
  readonly agentId: string;
  readonly summary: string | null;
  readonly model: string | null;
  /** JSON, or null. */
  readonly modelSettings: string | null;
  readonly lastMessageAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

type Raw = {
  id: string;
  agent_id: string;
  summary: string | null;
  model: string | null;
  model_settings: string | null;
  last_message_at: number | null;
  created_at: number;
  updated_at: number;
};

const read = (raw: Raw): ConversationRow => ({
  id: raw.id,
  agentId: raw.agent_id,
  summary: raw.summary,
  model: raw.model,
  modelSettings: raw.model_settings,
  lastMessageAt: raw.last_message_at,
  createdAt: raw.created_at,
  updatedAt: raw.updated_at,
});

export type ConversationFilter = {
  readonly agentId: string | null;
  readonly summary: string | null;
  readonly after: string | null;
  readonly ascending: boolean;
  readonly limit: number;
};

export const conversationsIn = (db: Database) => ({
  insert: (row: ConversationRow): void => {
    db.query(
      "INSERT INTO conversations (id, agent_id, summary, model, model_settings, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    ).run(row.id, row.agentId, row.summary, row.model, row.modelSettings, row.createdAt);
  },

  find: (id: string): ConversationRow | null => {
    const raw = db.query<Raw, [string]>("SELECT * FROM conversations WHERE id = ?1 AND deleted = 0").get(id);
    return raw === null ? null : read(raw);
  },

  /** `after` is relative to the order asked for. */
  list: (filter: ConversationFilter): readonly ConversationRow[] => {
    const tests = ["deleted = 0"];
    const values: SQLQueryBindings[] = [];
    if (filter.agentId !== null) {
      tests.push("agent_id = ?");
      values.push(filter.agentId);
    }
    if (filter.summary !== null) {
      tests.push("instr(lower(coalesce(summary, '')), lower(?)) > 0");
      values.push(filter.summary);
    }
    if (filter.after !== null) {
      tests.push(`n ${filter.ascending ? ">" : "<"} (SELECT n FROM conversations WHERE id = ?)`);
      values.push(filter.after);
    }
    const order = filter.ascending ? "ASC" : "DESC";
    const sql = `SELECT * FROM conversations WHERE ${tests.join(" AND ")} ORDER BY n ${order} LIMIT ?`;
    return db
      .query<Raw, SQLQueryBindings[]>(sql)
      .all(...values, filter.limit)
      .map(read);
  },

  update: (row: ConversationRow, at: number): void => {
    db.query(
      "UPDATE conversations SET summary = ?2, model = ?3, model_settings = ?4, last_message_at = ?5, updated_at = ?6 WHERE id = ?1",
    ).run(row.id, row.summary, row.model, row.modelSettings, row.lastMessageAt, at);
  },

  touch: (id: string, at: number): void => {
    db.query("UPDATE conversations SET last_message_at = ?2, updated_at = ?2 WHERE id = ?1").run(id, at);
  },

  /** Soft: the row stays, and nothing finds it any more. */
  remove: (id: string): void => {
    db.query("UPDATE conversations SET deleted = 1 WHERE id = ?1").run(id);
  },
});
