import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Accepted } from "./inbox.ts";
import { openStore, type Store } from "./store.ts";

let dataDir: string;
let store: Store;
let account: number;
let serial = 0;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-lanes-"));
  store = await openStore({ dataDir });
  account = (await store.write.ensureAccount({ owner: "house", server: "http://letta", at: 1 })).id;
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

type Said = Extract<Accepted, { outcome: "queued" | "merged" }>;

/** Somebody says something in a chat; `conversation` puts several chats into one lane. */
const say = async (
  chat: string,
  options: { conversation?: string; from?: string; dueAt?: number; accountId?: number } = {},
): Promise<Said> => {
  serial += 1;
  const accepted = await store.write.acceptEvent({
    at: serial,
    botId: 1,
    keys: [`k${serial}`],
    chat: { key: `stub:${chat}`, kind: options.from === undefined ? "api" : "direct" },
    ...(options.from === undefined ? {} : { sender: { handle: `stub::${options.from}` } }),
    kind: "message",
    sentAt: serial,
    payload: { text: "hi", files: [] },
    turn: {
      publicId: `turn_${serial}`,
      trigger: "message",
      accountId: options.accountId ?? account,
      server: "http://letta",
      agentId: "agent-1",
      agentName: "one",
      conversation: options.conversation === undefined ? "per-chat" : { upstreamId: options.conversation },
      merges: false,
      dueAt: options.dueAt ?? serial,
    },
  });
  if (accepted.outcome !== "queued" && accepted.outcome !== "merged") throw new Error(accepted.outcome);
  return accepted;
};

const claim = async (lane: number, share = 4) =>
  (await store.write.claimTurn({ lane, boot: store.boot, at: 1_000, share })).turn?.id;

const settle = (turn: number) =>
  store.write.settleTurn({ turn, at: 1_000, state: "done", response: "", events: [], parts: [] });

test("turns of one chat are claimed in the order they came, one at a time", async () => {
  const first = await say("ada");
  const second = await say("ada");
  expect(await claim(first.lane)).toBe(first.turn);
  expect(await claim(first.lane)).toBeUndefined();
  await settle(first.turn);
  expect(await claim(first.lane)).toBe(second.turn);
});

test("two chats on one conversation share its lane, oldest first", async () => {
  const ada = await say("ada", { conversation: "default" });
  const bob = await say("bob", { conversation: "default" });
  expect(bob.lane).toBe(ada.lane);
  expect(await claim(ada.lane)).toBe(ada.turn);
  expect(await claim(ada.lane)).toBeUndefined();
  await settle(ada.turn);
  expect(await claim(ada.lane)).toBe(bob.turn);
});

test("a chat whose oldest turn waits for its backoff lets another chat of the lane pass, and keeps its own order", async () => {
  const waiting = await say("ada", { conversation: "default", dueAt: 5_000 });
  await say("ada", { conversation: "default" });
  const bob = await say("bob", { conversation: "default" });
  expect(await claim(waiting.lane)).toBe(bob.turn);
  await settle(bob.turn);
  expect(await claim(waiting.lane)).toBeUndefined();
});

test("a chat's turns in different conversations still run one after the other", async () => {
  const first = await say("ada", { conversation: "default" });
  const second = await say("ada", { conversation: "conv-2" });
  expect(second.lane).not.toBe(first.lane);
  expect(await claim(second.lane)).toBeUndefined();
  expect(await claim(first.lane)).toBe(first.turn);
  expect(await claim(second.lane)).toBeUndefined();
  await settle(first.turn);
  expect(await claim(second.lane)).toBe(second.turn);
});

test("a paused account's turns wait, and hold up nobody else in the lane", async () => {
  const other = (await store.write.ensureAccount({ owner: "person:9", server: "http://letta", at: 1 })).id;
  await store.write.pauseAccount({ account: other, code: "letta_rejected", at: 2 });
  const paused = await say("ada", { conversation: "default", accountId: other });
  const bob = await say("bob", { conversation: "default" });
  expect(await claim(paused.lane)).toBe(bob.turn);
  await settle(bob.turn);
  expect(await claim(paused.lane)).toBeUndefined();
  await store.write.resumeAccount({ account: other });
  expect(await claim(paused.lane)).toBe(paused.turn);
});

test("a person's share holds over all their chats, and those who starve are named", async () => {
  const one = await say("dm-1", { from: "ada" });
  const two = await say("dm-2", { from: "ada" });
  expect(await claim(one.lane, 1)).toBe(one.turn);
  const refused = await store.write.claimTurn({ lane: two.lane, boot: store.boot, at: 1_000, share: 1 });
  expect(refused).toMatchObject({ turn: null, starved: true });
  await settle(one.turn);
  expect(await claim(two.lane, 1)).toBe(two.turn);
});

test("only an attempt that starts from the queue is counted", async () => {
  const { lane, turn } = await say("ada");
  const claimed = await store.write.claimTurn({ lane, boot: store.boot, at: 1_000, share: 4 });
  expect(claimed.turn?.attempts).toBe(1);
  await store.write.resumeTurn({ turn, boot: store.boot });
  const said = { events: [], parts: [] };
  await store.write.retryTurn({ turn, dueAt: 10, retryUntil: 9_000, said, told: false, at: 10 });
  const again = await store.write.claimTurn({ lane, boot: store.boot, at: 1_000, share: 4 });
  expect(again.turn?.attempts).toBe(2);
});

test("the claim walks from chat to chat by index, whatever is finished or queued behind", async () => {
  const { lane } = await say("ada", { conversation: "default" });
  const plan = store.db.$client
    .query<{ detail: string }, [number, number]>(
      `EXPLAIN QUERY PLAN SELECT min(chat_id) FROM turns WHERE conversation_id = ? AND finished_at IS NULL AND chat_id > ?`,
    )
    .all(lane, 0)
    .map((row) => row.detail);
  expect(plan.join()).toContain("turns_open_by_lane");
  expect(plan.join()).not.toContain("SCAN");
});
