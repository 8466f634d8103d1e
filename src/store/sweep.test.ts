import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "./store.ts";

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-janitor-"));
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

let serial = 0;

const say = async (at: number) => {
  serial += 1;
  const accepted = await store.write.acceptEvent({
    at,
    botId: 1,
    keys: [`k${serial}`],
    chat: { key: `api:1/${serial % 5}`, kind: "api" },
    kind: "message",
    sentAt: at,
    payload: { text: "remember me", files: [] },
    turn: {
      publicId: `turn_${serial}`,
      trigger: "api",
      accountId: 1,
      server: "http://letta",
      agentId: "agent-1",
      agentName: "one",
      conversation: "per-chat",
      merges: false,
      dueAt: at,
    },
  });
  if (accepted.outcome !== "queued") throw new Error(accepted.outcome);
  return accepted.turn;
};

const settle = (turn: number, at: number, state: "done" | "failed") => {
  const events = [{ seq: 1, uuid: "u", body: "{}" }];
  return store.write.settleTurn({ turn, at, state, response: "", events, parts: [] });
};

const count = (table: string): number =>
  store.db.$client.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? -1;

const sweepAll = async (payloadsBefore: number, deadLettersBefore: number): Promise<number> => {
  let steps = 0;
  while ((await store.write.sweep({ payloadsBefore, deadLettersBefore })) > 0) steps += 1;
  return steps;
};

test("old exchanges go, what is young or still open stays", async () => {
  await settle(await say(10), 20, "done");
  await settle(await say(1_000), 1_010, "done");
  await say(10);
  await sweepAll(500, 500);
  expect(count("turns")).toBe(2);
  expect(count("turn_events")).toBe(1);
  expect(store.db.$client.query("SELECT payload FROM events").values()).toHaveLength(2);
});

test("a dead letter keeps what it needs to be retried, until its own time is over", async () => {
  await settle(await say(10), 20, "failed");
  await sweepAll(500, 5);
  expect([count("dead_letters"), count("turns"), count("events")]).toEqual([1, 1, 1]);
  await sweepAll(500, 500);
  expect([count("dead_letters"), count("turns"), count("events")]).toEqual([0, 0, 0]);
});

test("many rows go in small steps", async () => {
  const said = await Promise.all(Array.from({ length: 1_200 }, () => say(10)));
  await Promise.all(said.map((turn) => settle(turn, 20, "done")));
  const steps = await sweepAll(500, 500);
  expect(steps).toBeGreaterThan(2);
  expect([count("turns"), count("events"), count("event_keys"), count("turn_events")]).toEqual([0, 0, 0, 0]);
});
