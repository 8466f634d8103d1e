import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTranscript } from "../../test/chaos/transcript.ts";
import type { StreamedEvent } from "../../test/support/event-stream.ts";
import { acceptRequest } from "../../test/support/accept-request.ts";
import { openStore, type Store } from "../store/store.ts";
import { turnById } from "../store/turns.ts";
import { follow, parsePlace, startOfTurn } from "./follow.ts";
import { createLive } from "./live.ts";
import type { LiveEvent } from "./live-event.ts";

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-follow-"));
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const accept = () => acceptRequest(store, "hello");

const said: readonly LiveEvent[] = [
  { type: "assistant", content: "Hello.", uuid: "a" },
  {
    type: "result",
    success: true,
    result: "Hello.",
    turnId: "turn_1",
    stopReason: "end_turn",
    durationMs: 1,
    conversationId: null,
    runIds: [],
  },
];

const settle = (turn: number, events = said) =>
  store.write.settleTurn({
    turn,
    at: 2,
    state: "done",
    response: "Hello.",
    events: events.map((event, index) => ({ seq: index + 1, uuid: `event-${index}`, body: JSON.stringify(event) })),
    parts: [],
  });

const read = async (turn: number, live: ReturnType<typeof createLive>, abort: AbortSignal): Promise<string[]> => {
  const row = turnById(store.db, turn);
  if (!row) throw new Error("no such turn");
  const types: string[] = [];
  for await (const { event } of follow({ db: store.db, live }, row, startOfTurn, abort)) types.push(event.type);
  return types;
};

test("a reader that is told to leave when the turn has just ended still gets its end", async () => {
  const live = createLive();
  const turn = await accept();
  await settle(turn);
  expect(await read(turn, live, AbortSignal.abort())).toEqual(["init", "assistant", "result"]);
});

test("a reader that is told to leave while the turn goes on leaves at once", async () => {
  const live = createLive();
  const turn = await accept();
  const { topic, release } = live.use(turn);
  topic.fromStart = true;
  live.say(turn, { seq: 1, kind: "assistant", uuid: "a", text: "Hel" });
  expect(await read(turn, live, AbortSignal.abort())).toEqual(["init"]);
  release();
});

test("it is known when the last reader has left", async () => {
  const live = createLive();
  const turn = await accept();
  const leave = new AbortController();
  const reading = read(turn, live, leave.signal);
  let left = false;
  const quiet = live.quiet().then(() => (left = true));
  await store.write.writeMeta({ key: "some", value: "write" });
  expect(left).toBe(false);
  leave.abort();
  await Promise.all([reading, quiet]);
  await live.quiet();
});

/** Everything that is said to a reader of this place until the turn has ended. */
const hear = async (turn: number, live: ReturnType<typeof createLive>, place: string) => {
  const row = turnById(store.db, turn);
  const from = parsePlace(place);
  if (!row || !from) throw new Error("no such place");
  const heard: LiveEvent[] = [];
  for await (const { event } of follow({ db: store.db, live }, row, from, new AbortController().signal)) {
    heard.push(event);
    if (event.type === "assistant" && event.content === "Hi") {
      // Its run is gone, and another one answers.
      live.lose(turn);
      live.say(turn, { seq: 1, kind: "assistant", uuid: "a", text: "Hel" });
      live.say(turn, { seq: 1, kind: "assistant", uuid: "a", text: "lo." });
      await settle(turn);
      live.stir(turn);
    }
  }
  return heard;
};

test("a message that was lost with its run is replaced by the one that is said instead", async () => {
  const live = createLive();
  const turn = await accept();
  const { topic, release } = live.use(turn);
  topic.fromStart = true;
  live.say(turn, { seq: 1, kind: "assistant", uuid: "lost", text: "Hi" });
  expect((await hear(turn, live, "0")).slice(0, -1)).toMatchObject([
    { type: "assistant", content: "Hi", uuid: "lost" },
    { type: "assistant", content: "Hello.", uuid: "a", replace: true },
  ]);
  release();
});

test("a reader that comes back to a message that was lost gets the other one whole", async () => {
  const live = createLive();
  const turn = await accept();
  const { topic, release } = live.use(turn);
  topic.fromStart = true;
  live.say(turn, { seq: 1, kind: "assistant", uuid: "lost", text: "Hi" });
  live.lose(turn);
  await settle(turn);
  expect((await hear(turn, live, "1.2")).slice(0, -1)).toEqual([
    { type: "assistant", content: "Hello.", uuid: "a", replace: true },
  ]);
  release();
});

const call: LiveEvent = {
  type: "tool_call",
  toolCallId: "call-1",
  toolName: "get_time",
  toolInput: {},
  rawArguments: "{}",
  uuid: "t",
};

test("a message that was lost where a tool call stands now is taken back before it", async () => {
  const live = createLive();
  const turn = await accept();
  await settle(turn, [call, ...said]);
  expect((await hear(turn, live, "1.2")).slice(0, -1)).toMatchObject([
    { type: "assistant", content: "", replace: true },
    call,
    { type: "assistant", content: "Hello.", uuid: "a" },
  ]);
  expect((await hear(turn, live, "0")).slice(0, -1)).toEqual([
    call,
    { type: "assistant", content: "Hello.", uuid: "a" },
  ]);
});

test("a reader that is cut off at any place has each word once in the end, though a message was lost", async () => {
  const live = createLive();
  const turn = await accept();
  await settle(turn, [call, ...said]);
  const row = turnById(store.db, turn);
  if (!row) throw new Error("no such turn");
  for (const cuts of [1, 2, 3]) {
    // It had "Hi" of a message that another process lost.
    const transcript = createTranscript();
    transcript.take("1.2", { type: "assistant", content: "Hi", uuid: "lost" });
    let isOver = false;
    while (!isOver) {
      let left = cuts;
      const from = parsePlace(transcript.lastId ?? "");
      if (!from) throw new Error("no such place");
      for await (const { place, event } of follow({ db: store.db, live }, row, from, new AbortController().signal)) {
        isOver = transcript.take(place, event as StreamedEvent) !== undefined;
        left -= 1;
        if (left === 0) break;
      }
    }
    expect(transcript.text()).toBe("Hello.");
  }
});
