import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { openStore } from "./open.ts";
import { schema } from "./schema.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lettabox-demo-store-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("a file of the first version is brought up to date and keeps what it holds", () => {
  const old = new Database(join(dir, "demo.sqlite"), { create: true });
  old.run(schema);
  old.run(
    "INSERT INTO messages (id, agent_id, conversation_id, run, role, body) VALUES ('message-1', 'agent-1', NULL, NULL, 'user', '[]')",
  );
  old.close();
  for (const _ of ["first opening", "second opening"]) {
    const store = openStore(dir);
    expect(store.messages.context({ agentId: "agent-1", conversationId: null })).toMatchObject([{ id: "message-1" }]);
    expect(store.resources.list("tool")).toEqual([]);
    store.close();
  }
});

test("a file of a newer program is refused", () => {
  const newer = new Database(join(dir, "demo.sqlite"), { create: true });
  newer.run("PRAGMA user_version = 99");
  newer.close();
  expect(() => openStore(dir)).toThrow("knows");
});
