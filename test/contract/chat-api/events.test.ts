/**
 * A reader that was cut off comes back with the id it got last and has, in the end, what one has that was never cut off:
 * while the turn runs, after its end, and after a restart in between.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { rmSync } from "node:fs";
import { readEvents, type StreamedEvent } from "../../support/event-stream.ts";
import { startApp, tempDir, type TestApp } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { type Letta, startLetta } from "../../support/letta.ts";

let letta: Letta;
let box: TestApp;
const dataDir = tempDir();

const start = (drainMs?: number): Promise<TestApp> =>
  startApp({ dataDir, env: { LETTA_BASE_URL: letta.url }, ...(drainMs === undefined ? {} : { drainMs }) });

beforeAll(async () => {
  letta = startLetta();
  box = await start(1);
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** What a reader has: each message as it grew, and the names of everything else. */
type Page = { readonly messages: Map<string, string>; readonly others: Set<string>; lastId: string | undefined };

const blank = (): Page => ({ messages: new Map(), others: new Set(), lastId: undefined });

const copyOf = ({ messages, others, lastId }: Page): Page => ({
  messages: new Map(messages),
  others: new Set(others),
  lastId,
});

const write = (page: Page, id: string | undefined, event: StreamedEvent): void => {
  page.lastId = id ?? page.lastId;
  const { type, uuid, content = "", replace } = event;
  if ((type === "assistant" || type === "reasoning") && uuid !== undefined) {
    page.messages.set(uuid, (replace ? "" : (page.messages.get(uuid) ?? "")) + content);
  } else page.others.add(`${type} ${uuid ?? ""}`);
};

const queue = async (message: string, chat: string): Promise<string> => {
  const response = await box.call("/api/v1/chat/async", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message, chat }),
  });
  return ((await response.json()) as { turnId: string }).turnId;
};

const openStream = async (turnId: string, lastId?: string, abort?: AbortSignal): Promise<Response> => {
  const response = await box.call(`/api/v1/turns/${turnId}/events`, {
    headers: lastId === undefined ? {} : { "last-event-id": lastId },
    ...(abort === undefined ? {} : { signal: abort }),
  });
  expect(response.status).toBe(200);
  return response;
};

const bodyOf = (response: Response): ReadableStream<Uint8Array> => {
  if (response.body) return response.body;
  throw new Error("there is no stream");
};

/** Reads on from where the page ends; answers the events, and leaves after `most` of them. */
const readOn = async (
  page: Page,
  turnId: string,
  most = Number.POSITIVE_INFINITY,
): Promise<readonly StreamedEvent[]> => {
  const abort = new AbortController();
  const events: StreamedEvent[] = [];
  const stream = readEvents(bodyOf(await openStream(turnId, page.lastId, abort.signal)));
  for await (const { id, event } of stream) {
    write(page, id, event);
    events.push(event);
    if (events.length >= most) break;
  }
  abort.abort();
  return events;
};

/** The turn as one has it who asks after its end. */
const truth = async (turnId: string): Promise<Page> => {
  const page = blank();
  const events = await readOn(page, turnId);
  expect(events.at(-1)?.type).toBe("result");
  return page;
};

const spoken: readonly (readonly [string, string])[] = [
  ["in words", "demo slow 12 of it"],
  ["with a thought before it", "demo think and say"],
  ["with a tool in between", "demo tool and say"],
  ["in large pieces", "demo flood 100000"],
];

describe.each([...spoken])("an answer %s", (kind, message) => {
  test("is whole for readers that are cut off after every event, while it grows", async () => {
    const turnId = await queue(message, `chain ${kind}`);
    const pages = [1, 2, 3, 5].map(async (most) => {
      const page = blank();
      while (!page.others.has("result ")) await readOn(page, turnId, most);
      return page;
    });
    const whole = await truth(turnId);
    for (const page of await Promise.all(pages)) expect(page).toEqual(whole);
  });

  test("is whole from every id that was ever sent, after its end", async () => {
    const turnId = await queue(message, `after ${kind}`);
    const growing = blank();
    const cuts: Page[] = [];
    for await (const { id, event } of readEvents(bodyOf(await openStream(turnId)))) {
      write(growing, id, event);
      cuts.push(copyOf(growing));
    }
    const whole = await truth(turnId);
    expect(growing).toEqual(whole);
    for (const page of cuts) {
      await readOn(page, turnId);
      expect(page).toEqual(whole);
    }
  });
});

test("a cut at any byte loses and repeats nothing", async () => {
  const turnId = await queue("demo slow 20 — naïve 🦔 bytes", "bytes");
  const bytes = new Uint8Array(await (await openStream(turnId)).arrayBuffer());
  const whole = await truth(turnId);
  const property = fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (cut) => {
    const page = blank();
    for await (const { id, event } of readEvents(bodyOf(new Response(bytes.slice(0, cut))))) {
      write(page, id, event);
    }
    await readOn(page, turnId);
    expect(page).toEqual(whole);
  });
  await fc.assert(property, { numRuns: 60 });
});

test("a restart in the middle: every id of the process before leads to the whole, once, as a replacement", async () => {
  const turnId = await queue("demo slow 25 to the end", "restart");
  const growing = blank();
  const cuts: Page[] = [];
  const stream = readEvents(bodyOf(await openStream(turnId)));
  for await (const { id, event } of stream) {
    write(growing, id, event);
    cuts.push(copyOf(growing));
    if (cuts.length === 8) break;
  }
  const inMessage = cuts.filter(({ lastId }) => lastId?.includes("."));
  expect(inMessage.length).toBeGreaterThan(3);
  await box.stop();
  box = await start(1);
  const [first, ...later] = inMessage;
  if (!first) throw new Error("nothing was heard");
  // One of them is back while the turn still runs, the others after its end.
  const pieces = [await readOn(first, turnId)];
  for (const page of later) pieces.push(await readOn(page, turnId));
  const whole = await truth(turnId);
  for (const page of inMessage) expect(page).toEqual(whole);
  for (const events of pieces) {
    expect(events.filter(({ replace }) => replace)).toHaveLength(1);
    expect(events.filter(({ type }) => type === "init")).toHaveLength(0);
  }
  expect([...whole.messages.values()].join()).toContain("twenty-five to the end");
  expect((await letta.posts()).filter(({ texts }) => texts.includes("demo slow 25 to the end"))).toHaveLength(1);
});

test("what a reader has missed is only what comes after its id", async () => {
  const turnId = await queue("demo slow 30", "rest");
  const page = blank();
  await readOn(page, turnId, 10);
  const had = [...page.messages.values()].join("");
  const events = await readOn(page, turnId);
  const rest = events.filter(({ type }) => type === "assistant").map(({ content }) => content);
  expect(rest.join("")).not.toContain(had);
  expect(had + rest.join("")).toBe([...(await truth(turnId)).messages.values()].join(""));
  expect(events.some(({ replace }) => replace)).toBe(false);
});

test("behind the end there is nothing more, and the stream closes", async () => {
  const turnId = await queue("the end", "end");
  const page = await truth(turnId);
  expect(await readOn(page, turnId)).toEqual([]);
});

test("the id may stand in the query, for readers that cannot set headers", async () => {
  const turnId = await queue("from the query", "query");
  const { lastId } = await truth(turnId);
  expect(await (await box.call(`/api/v1/turns/${turnId}/events?lastEventId=${lastId}`)).text()).toBe("");
});

test("an id that no stream sent is refused", async () => {
  const turnId = await queue("hello", "garbage");
  await truth(turnId);
  const garbage = ["-1", "1.2.3", "0.5", "x", "1e3", "9".repeat(30), "999", "999.1", "∞", "null", "1,2", "' OR 1=1"];
  for (const id of garbage) {
    const response = await box.call(`/api/v1/turns/${turnId}/events?lastEventId=${encodeURIComponent(id)}`);
    expect([id, response.status]).toEqual([id, 400]);
    expect(await response.json()).toMatchObject({ success: false, code: "bad_request" });
  }
});

test("HEAD answers the head alone and keeps nothing running", async () => {
  const turnId = await queue("demo slow 300", "head");
  const response = await box.call(`/api/v1/turns/${turnId}/events`, { method: "HEAD" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(await response.text()).toBe("");
  await box.call(`/api/v1/turns/${turnId}/cancel`, { method: "POST" });
  await until(async () => (await truth(turnId)).lastId);
});
