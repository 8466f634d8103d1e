import { Database } from "bun:sqlite";
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

test("an old message goes with its parts, and its key may be used again", async () => {
  const send = (publicId: string, at: number) => {
    const part = {
      owner: "house",
      botId: 1,
      chatId: 1,
      turnId: null,
      kind: "message",
      address: "{}",
      part: "{}",
    } as const;
    const parts = [{ ...part, sendKey: `${publicId}/0`, deadlineAt: at, replaces: null }];
    const bodyHash = "h";
    return store.write.acceptMessage({
      publicId,
      owner: "house",
      chatId: 1,
      tokenId: 1,
      key: "k",
      bodyHash,
      parts,
      at,
    });
  };
  expect(await send("msg_1", 10)).toMatchObject({ publicId: "msg_1", isNew: true });
  expect(await send("msg_2", 20)).toEqual({ publicId: "msg_1", isNew: false, conflict: false });
  const claimed = await store.write.claimPart({ chat: 1, boot: store.boot, at: 20 });
  await sweepAll(5, 5);
  expect([count("messages"), count("outbox")]).toEqual([1, 1]);
  await store.write.finishPart({ id: claimed?.id ?? 0, state: "sent", at: 30 });
  await sweepAll(500, 500);
  expect([count("messages"), count("outbox")]).toEqual([0, 0]);
  expect(await send("msg_3", 600)).toMatchObject({ publicId: "msg_3", isNew: true });
});

const stranger = (at: number, from: string) =>
  store.write.acceptEvent({
    at,
    botId: 1,
    publicId: `turn_${from}`,
    keys: [from],
    chat: { key: `stub:${from}`, kind: "direct" },
    sender: { handle: `stub::${from}` },
    kind: "message",
    sentAt: at,
    payload: { text: "hello", files: [] },
    admission: {
      mode: "pairing",
      listed: false,
      tells: true,
      addressed: true,
      isCommand: false,
      counts: true,
      group: { mode: "mention-only" },
      senderId: from,
    },
  });

test("codes, days that were counted and old lines of the audit log go too; grants and settings stay", async () => {
  const day = 24 * 3_600_000;
  await stranger(1 * day, "old");
  await stranger(40 * day, "new");
  for (const person of [1, 2]) {
    await store.write.blockPerson({ bot: 1, person, by: "token:1", at: person === 1 ? day : 40 * day });
  }
  const tally = "INSERT INTO tallies (owner, scope, day, count) VALUES ('house', 'chat:1', ?, 3)";
  const database = new Database(join(dataDir, "lettabox.sqlite"));
  for (const one of ["1970-01-02", "1970-02-10"]) database.query(tally).run(one);
  database.close();
  await sweepAll(30 * day, 30 * day);
  expect([count("admissions"), count("tallies"), count("audit")]).toEqual([1, 1, 1]);
  expect(count("grants")).toBe(2);
});

test("what rules left unanswered goes with its time, the oldest first, a step at a time", async () => {
  const overhear = (at: number) =>
    store.write.acceptEvent({
      at,
      botId: 1,
      keys: [`o${at}`],
      chat: { key: "stub:club", kind: "group" },
      kind: "message",
      sentAt: at,
      payload: { text: "", files: [] },
      ignored: "not-addressed",
    });
  await Promise.all(Array.from({ length: 700 }, (_, at) => overhear(at)));
  await store.write.sweep({ payloadsBefore: 600, deadLettersBefore: 0 });
  expect(count("events")).toBe(200);
  await sweepAll(600, 0);
  expect(count("events")).toBe(100);
});
