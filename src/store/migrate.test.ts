import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrations } from "../../migrations/index.ts";
import { migrate } from "./migrate.ts";

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-migrate-"));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const next = {
  name: "next",
  sql: "CREATE TABLE later (id integer);--> statement-breakpoint\nINSERT INTO later VALUES (1);",
};
const broken = {
  name: "broken",
  sql: "CREATE TABLE half (id integer);--> statement-breakpoint\nINSERT INTO nowhere VALUES (1);",
};

const ask = (sql: string, file = "lettabox.sqlite"): unknown[][] => {
  const db = new Database(join(dataDir, file));
  try {
    return db.query(sql).values();
  } finally {
    db.close();
  }
};

test("a new database gets the whole schema and no copy", () => {
  migrate(dataDir);
  expect(ask("PRAGMA user_version")).toEqual([[migrations.length]]);
  expect(ask("PRAGMA journal_mode")).toEqual([["wal"]]);
  expect(ask("PRAGMA auto_vacuum")).toEqual([[2]]);
  expect(existsSync(join(dataDir, "backups"))).toBe(false);
});

test("before a migration the old database is copied, and the copy is whole", () => {
  migrate(dataDir);
  ask("INSERT INTO meta (key, value) VALUES ('name', 'old')");
  migrate(dataDir, [...migrations, next]);
  expect(ask("SELECT * FROM later")).toEqual([[1]]);
  const [copy] = readdirSync(join(dataDir, "backups"));
  expect(ask("SELECT value FROM meta", join("backups", copy ?? ""))).toEqual([["old"]]);
  expect(ask("PRAGMA user_version", join("backups", copy ?? ""))).toEqual([[migrations.length]]);
});

test("a part whose one copy was made by an older version gets no other one", () => {
  const old = migrate(dataDir, migrations.slice(0, 3)).$client;
  const put = (key: string, ambiguous: number): void => {
    old.run(
      `INSERT INTO outbox (owner, bot_id, chat_id, kind, address, part, send_key, state, due_at, deadline_at, ambiguous, created_at)
       VALUES ('house', 1, 1, 'reply', '{}', '{}', ?, 'sending', 1, 1, ?, 1)`,
      [key, ambiguous],
    );
  };
  put("copied", 1);
  put("first", 0);
  old.close();
  const rows = migrate(dataDir).$client.query("SELECT send_key AS key, copied FROM outbox ORDER BY id").all();
  expect(rows).toEqual([
    { key: "copied", copied: 1 },
    { key: "first", copied: 0 },
  ]);
});

test("a file hangs on the turn that made it or on the part that sends it, also one of an older version", () => {
  const old = migrate(dataDir, migrations.slice(0, 4)).$client;
  const put = (id: number, turn: number): void => {
    old.run("INSERT INTO files VALUES (?, 'house', ?, 'a.txt', 'text/plain', 3, 10)", [id, turn]);
  };
  put(5, 7);
  put(6, -8);
  old.close();
  const db = migrate(dataDir).$client;
  const rows = db.query("SELECT id, turn_id, part_id, name, bytes, created_at FROM files ORDER BY id").values();
  expect(rows).toEqual([
    [5, 7, null, "a.txt", 3, 10],
    [6, null, 8, "a.txt", 3, 10],
  ]);
  const indexes = db.query("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'files' ORDER BY name");
  expect(indexes.values()).toEqual([["files_created"], ["files_turn"]]);
  db.close();
});

test("a database that is up to date is not written to", () => {
  const open = migrate(dataDir);
  const log = join(dataDir, "lettabox.sqlite-wal");
  const before = readFileSync(log);
  migrate(dataDir).$client.close();
  expect(readFileSync(log).equals(before)).toBe(true);
  open.$client.close();
});

test("a migration that fails leaves the database as it was", () => {
  migrate(dataDir);
  expect(() => migrate(dataDir, [...migrations, broken])).toThrow();
  expect(ask("PRAGMA user_version")).toEqual([[migrations.length]]);
  expect(ask("SELECT name FROM sqlite_master WHERE name = 'half'")).toEqual([]);
});

test("a database of a newer version is refused with both versions named, and not touched", () => {
  migrate(dataDir);
  ask(`PRAGMA user_version = ${migrations.length + 3}`);
  expect(() => migrate(dataDir)).toThrow(new RegExp(`version ${migrations.length + 3}.*up to ${migrations.length}`));
});
