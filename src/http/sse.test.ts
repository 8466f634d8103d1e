import { describe, expect, test } from "bun:test";
import type { Step } from "../turn/follow.ts";
import { bareFrame, eventStream, frameWithId, type SseOptions } from "./sse.ts";

const say = (place: string, content: string): Step => ({
  place,
  event: { type: "assistant", content, uuid: "message" },
});

const calls = () => {
  const seen: string[] = [];
  const options: SseOptions = {
    heartbeatMs: 60_000,
    headers: { "x-turn-id": "turn_1" },
    onRoom: () => seen.push("room"),
    onGone: () => seen.push("gone"),
    onBroken: (error) => seen.push(`broken: ${String(error)}`),
    onEnd: () => seen.push("end"),
  };
  return { seen, options };
};

const sseResponse = (steps: AsyncGenerator<Step>, options: SseOptions): Response =>
  eventStream(steps, frameWithId, options);

const never = new Promise<never>(() => undefined);

/** Lets everything that can go on go on. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

test("a step is a frame of JSON that names its place, and where asked for, the id behind it", () => {
  const data = 'data: {"type":"assistant","content":"two\\nlines ","uuid":"message","id":"1.3"}';
  expect(bareFrame(say("1.3", "two\nlines "))).toBe(`${data}\n\n`);
  expect(frameWithId(say("1.3", "two\nlines "))).toBe(`${data}\nid: 1.3\n\n`);
});

test("a stream has the head of one", async () => {
  const { options } = calls();
  const response = sseResponse(
    (async function* () {
      yield say("1", "one");
    })(),
    options,
  );
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("x-turn-id")).toBe("turn_1");
  expect(await response.text()).toBe(frameWithId(say("1", "one")));
});

test("a reader that does not read stops the steps after 64 KiB, and they go on when it reads", async () => {
  const { options } = calls();
  let taken = 0;
  const response = sseResponse(
    (async function* () {
      for (;;) {
        taken += 1;
        yield say(String(taken), "x".repeat(8_192));
      }
    })(),
    options,
  );
  await settle();
  expect(taken).toBeWithin(8, 11);
  const before = taken;
  const reader = response.body?.getReader();
  for (let read = 0; read < 5; read += 1) await reader?.read();
  await settle();
  expect(taken).toBe(before + 5);
  await reader?.cancel();
});

test("silence is filled with comments, and no step is lost by them", async () => {
  const { options } = calls();
  const gate = Promise.withResolvers<void>();
  const response = sseResponse(
    (async function* () {
      await gate.promise;
      yield say("1", "at last");
    })(),
    { ...options, heartbeatMs: 1 },
  );
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += new TextDecoder().decode(bytes as Uint8Array);
    if (text.split(": still here\n\n").length > 3) gate.resolve();
  }
  expect(text).toMatch(/^(: still here\n\n){3,}data: .*at last.*\nid: 1\n\n$/);
});

describe("the end of a stream", () => {
  test("is told once when the reader goes away, also while it waits", async () => {
    const { seen, options } = calls();
    const response = sseResponse(
      (async function* () {
        yield say("1", "one");
        await never;
      })(),
      options,
    );
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(seen.filter((call) => call !== "room")).toEqual(["gone", "end"]);
  });

  test("is clean when a step cannot be read, and the error goes to whoever logs it", async () => {
    const { seen, options } = calls();
    const response = sseResponse(
      (async function* () {
        yield say("1", "one");
        throw new Error("the database is gone");
      })(),
      options,
    );
    expect(await response.text()).toEndWith("id: 1\n\n");
    expect(seen.filter((call) => call !== "room")).toEqual(["broken: Error: the database is gone", "end"]);
  });
});
