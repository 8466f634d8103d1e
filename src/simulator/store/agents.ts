/** The table of agents. */
import type { Database, SQLQueryBindings } from "bun:sqlite";

export type AgentRow = {
  readonly n: number;
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  /** What a client set beyond name and tags, by the names of Letta's agent state. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What the demo agent remembers of whom it talks to. */
  readonly personName: string | null;
  readonly lastStopReason: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

type Raw = {
  n: number;
  id: string;
  name: string;
  tags: string;
  fields: string;
  person_name: string | null;
  last_stop_reason: string | null;
  created_at: number;
  updated_at: number;
};

const read = (raw: Raw): AgentRow => ({
  n: raw.n,
  id: raw.id,
  name: raw.name,
  tags: JSON.parse(raw.tags) as string[],
  fields: JSON.parse(raw.fields) as Record<string, unknown>,
  personName: raw.person_name,
  lastStopReason: raw.last_stop_reason,
  createdAt: raw.created_at,
  updatedAt: raw.updated_at,
});

export type AgentFilter = {
  readonly name: string | null;
  readonly text: string | null;
  readonly tags: readonly string[];
  readonly allTags: boolean;
  readonly before: string | null;
  readonly after: string | null;
  readonly ascending: boolean;
  readonly limit: number;
};

export const agentsIn = (db: Database) => ({
  insert: (agent: Pick<AgentRow, "id" | "name" | "tags" | "fields" | "createdAt">): void => {
    db.query("INSERT INTO agents (id, name, tags, fields, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)").run(
      agent.id,
      agent.name,
      JSON.stringify(agent.tags),
      JSON.stringify(agent.fields),
      agent.createdAt,
    );
  },

  find: (id: string): AgentRow | null => {
    const raw = db.query<Raw, [string]>("SELECT * FROM agents WHERE id = ?1").get(id);
    return raw === null ? null : read(raw);
  },

  count: (): number => db.query<{ count: number }, []>("SELECT count(*) AS count FROM agents").get()?.count ?? 0,

  /** All tags that any agent has, in their order. */
  tags: (): readonly string[] =>
    db
      .query<{ tag: string }, []>("SELECT DISTINCT value AS tag FROM agents, json_each(agents.tags) ORDER BY value")
      .all()
      .map(({ tag }) => tag),

  /** Cursors are relative to the order asked for; an unknown cursor is no cursor. */
  list: (filter: AgentFilter): readonly AgentRow[] => {
    const cursor = (id: string | null): number | null =>
      id === null ? null : (db.query<{ n: number }, [string]>("SELECT n FROM agents WHERE id = ?1").get(id)?.n ?? null);
    const tests: string[] = ["1"];
    const values: SQLQueryBindings[] = [];
    const test = (sql: string, ...bound: SQLQueryBindings[]): void => {
      tests.push(sql);
      values.push(...bound);
    };
    if (filter.name !== null) test("name = ?", filter.name);
    if (filter.text !== null) test("instr(lower(name), lower(?)) > 0", filter.text);
    if (filter.tags.length > 0) {
      const hits = `(SELECT count(DISTINCT value) FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(?)))`;
      test(`${hits} >= ?`, JSON.stringify(filter.tags), filter.allTags ? new Set(filter.tags).size : 1);
    }
    const before = cursor(filter.before);
    const after = cursor(filter.after);
    if (before !== null) test(filter.ascending ? "n < ?" : "n > ?", before);
    if (after !== null) test(filter.ascending ? "n > ?" : "n < ?", after);
    const order = filter.ascending ? "ASC" : "DESC";
    const sql = `SELECT * FROM agents WHERE ${tests.join(" AND ")} ORDER BY n ${order} LIMIT ?`;
    return db
      .query<Raw, SQLQueryBindings[]>(sql)
      .all(...values, filter.limit)
      .map(read);
  },

  update: (agent: Pick<AgentRow, "id" | "name" | "tags" | "fields">, at: number): void => {
    db.query("UPDATE agents SET name = ?2, tags = ?3, fields = ?4, updated_at = ?5 WHERE id = ?1").run(
      agent.id,
      agent.name,
      JSON.stringify(agent.tags),
      JSON.stringify(agent.fields),
      at,
    );
  },

  settle: (id: string, stopReason: string, personName: string | null): void => {
    db.query("UPDATE agents SET last_stop_reason = ?2, person_name = coalesce(?3, person_name) WHERE id = ?1").run(
      id,
      stopReason,
      personName,
    );
  },

  /** With everything that is the agent's. */
  remove: (id: string): void => {
    for (const table of ["messages", "conversations", "runs", "approvals"]) {
      db.query(`DELETE FROM ${table} WHERE agent_id = ?1`).run(id);
    }
    db.query("DELETE FROM links WHERE owner = ?1").run(id);
    db.query("DELETE FROM agents WHERE id = ?1").run(id);
  },
});
