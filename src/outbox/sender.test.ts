/** What becomes of a part whose answer was lost, when the platform is asked before its only copy goes out. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bot, Channel } from "../channels/channel.ts";
import { Fault, type FaultCode } from "../errors.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { outboxById } from "../store/dead-letters.ts";
import { openStore, type Store } from "../store/store.ts";
import { createSender, type Sender } from "./sender.ts";

const deadlineMs = 900_000;

let dataDir: string;
let store: Store;
let sender: Sender;
let at: number;
/** What the platform answers to the question who the bot is, and to parts. */
let says: FaultCode | undefined;
let takes: (FaultCode | undefined)[];
let asked: number;
let sent: number;

const answer = async <T>(code: FaultCode | undefined, value: T): Promise<T> => {
  if (code !== undefined) throw new Fault(code);
  return value;
};

const rate = { burst: 100, everyMs: 1 };
const channel: Channel = {
  limits: {
    text: 100,
    unit: "utf16",
    fileBytes: 0,
    editSpacingMs: 0,
    choices: { max: 0, labelMax: 0 },
    idempotentMs: 0,
    copyWhenLost: true,
    typingMs: 0,
    previewMs: 0,
    pace: { bot: rate, direct: rate, group: rate },
  },
  render: () => [],
  send: () => {
    sent += 1;
    return answer(takes.shift(), { id: String(sent) });
  },
  check: () => {
    asked += 1;
    return answer(says, { identity: "1", name: "Bot" });
  },
};

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-sender-"));
  store = await openStore({ dataDir });
  [at, says, takes, asked, sent] = [1_000, undefined, ["send_lost"], 0, 0];
  const bot: Bot = { id: 1, slug: "stub", channelName: "stub", channel, cursor: undefined };
  sender = createSender({
    store,
    bots: new Map([[bot.id, bot]]),
    log: createLog({ level: "error", format: "json", sink: () => undefined }),
    metrics: createMetrics(["stub"]),
    now: () => at,
    poke: () => undefined,
  });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const never = new AbortController().signal;

/** A chat with one part in it; answers the chat. */
const addPart = async (person: string): Promise<number> => {
  const chat = { key: `stub:${person}`, kind: "direct" } as const;
  const event = { at, botId: 1, keys: [person], chat, kind: "message", sentAt: at, ignored: "empty" } as const;
  await store.write.acceptEvent({ ...event, payload: { text: "", files: [] } });
  const { id } = store.db.$client
    .query<{ id: number }, [string]>("SELECT id FROM chats WHERE key = ?")
    .get(chat.key) ?? {
    id: 0,
  };
  const part = { owner: "house", botId: 1, chatId: id, turnId: null, kind: "answer", sendKey: person } as const;
  const words = { address: JSON.stringify({ chat: person }), part: JSON.stringify({ text: "hello" }) };
  await store.write.addToOutbox({ parts: [{ ...part, ...words, deadlineAt: at + deadlineMs }], at });
  return id;
};

/** One attempt, if one is due. */
const goOn = async (chat: number): Promise<void> => {
  const part = await sender.claim(chat, never);
  if (part) await sender.send(part, never);
};

test("the copy goes out when the platform answers, whatever it answers", async () => {
  const chat = await addPart("ann");
  await goOn(chat);
  says = "bot_rejected";
  await goOn(chat);
  expect(sent).toBe(2);
  expect(outboxById(store.db, 1)).toMatchObject({ state: "sent", ambiguous: true });
});

test("while nobody answers it waits, and at its deadline it is given up like any other", async () => {
  const chat = await addPart("ann");
  await goOn(chat);
  says = "send_unreachable";
  for (const later of [10_000, 60_000]) {
    at = 1_000 + later;
    await goOn(chat);
  }
  expect([asked, sent]).toEqual([2, 1]);
  at = 1_001 + deadlineMs;
  await goOn(chat);
  expect([asked, sent]).toEqual([2, 1]);
  expect(outboxById(store.db, 1)).toMatchObject({ state: "dead", errorCode: "send_expired", ambiguous: true });
});

test("a platform is asked once for all chats that wait for its answer", async () => {
  takes = ["send_lost", "send_lost", "send_lost"];
  const chats = [await addPart("ann"), await addPart("bob"), await addPart("cleo")];
  for (const chat of chats) await goOn(chat);
  await Promise.all(chats.map(goOn));
  expect([asked, sent]).toEqual([1, 6]);
});
