import { afterEach, beforeEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backlogSql, mostCounted, readBacklog } from "./backlog.ts";
import { databasePath } from "./db.ts";
import { openStore, type Store } from "./store.ts";

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-backlog-"));
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Puts rows in by another connection: so many of them by our own writes would take long. */
const put = (sql: string): void => {
  const sqlite = new Database(databasePath(dataDir));
  sqlite.run("PRAGMA busy_timeout = 5000");
  sqlite.run(sql);
  sqlite.close();
};

const numbers = (count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

const putTurns = (count: number, state: string, due: string, finished = "NULL"): void =>
  put(`${numbers(count)} INSERT INTO turns
    (owner, public_id, bot_id, chat_id, "trigger", share, state, due_at, created_at, finished_at)
    SELECT 'house', '${state}' || i || '/' || ${due}, 1, i, 'message', 'chat:' || (i % 3), '${state}', ${due}, 1, ${finished} FROM n`);

const putParts = (count: number, state: string, finished = "NULL"): void =>
  put(`${numbers(count)} INSERT INTO outbox
    (owner, bot_id, chat_id, kind, address, send_key, state, due_at, deadline_at, created_at, finished_at)
    SELECT 'house', 1, i, 'reply', '{}', '${state}' || i, '${state}', 70 + i, 1, 1, ${finished} FROM n`);

test("nothing waits in an empty database", async () => {
  const { turns, parts, deadLetters, turnDueAt, partDueAt } = await readBacklog(store.db);
  expect(Object.fromEntries(turns)).toEqual({ queued: 0, running: 0, waiting: 0, uncertain: 0 });
  expect(Object.fromEntries(parts)).toEqual({ pending: 0, sending: 0 });
  expect(Object.fromEntries(deadLetters)).toEqual({ turn: 0, part: 0, ambiguous: 0 });
  expect([turnDueAt, partDueAt]).toEqual([null, null]);
});

test("open rows are counted by their state, finished ones are not", async () => {
  // More than a page, most of them due at the same moment.
  putTurns(1_500, "queued", "50");
  putTurns(700, "queued", "60 + i");
  putTurns(1_200, "running", "9");
  putTurns(2, "uncertain", "9");
  putTurns(30, "done", "1", "5");
  putParts(4, "pending");
  putParts(1, "sending");
  putParts(30, "sent", "5");
  const { turns, parts, turnDueAt, partDueAt } = await readBacklog(store.db);
  expect(Object.fromEntries(turns)).toEqual({ queued: 2_200, running: 1_200, waiting: 0, uncertain: 2 });
  expect(Object.fromEntries(parts)).toEqual({ pending: 4, sending: 1 });
  expect([turnDueAt, partDueAt]).toEqual([50, 71]);
});

test("dead letters are told apart", async () => {
  putParts(2, "dead", "5");
  putParts(1, "ambiguous", "5");
  put(`INSERT INTO dead_letters (owner, source, source_id, code, created_at)
    SELECT 'house', 'outbox', id, 'x', 1 FROM outbox`);
  // A turn may have the number of a part.
  put(`INSERT INTO dead_letters (owner, source, source_id, code, created_at) VALUES ('house', 'turn', 3, 'x', 2)`);
  expect(Object.fromEntries((await readBacklog(store.db)).deadLetters)).toEqual({ turn: 1, part: 2, ambiguous: 1 });
});

test("a long queue is not counted to its end", async () => {
  putTurns(mostCounted + 10, "queued", "i");
  expect((await readBacklog(store.db)).turns.get("queued")).toBe(mostCounted);
});

test("each look goes along an index of what is open, and sorts nothing", () => {
  for (const [name, sql] of Object.entries(backlogSql)) {
    const plan = store.db.$client.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    const details = plan.map(({ detail }) => detail);
    expect([name, details.filter((detail) => !/USING (COVERING )?INDEX|INTEGER PRIMARY KEY/.test(detail))]).toEqual([
      name,
      [],
    ]);
  }
});
