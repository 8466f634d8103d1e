/** What becomes of a turn whose caller goes away, stops it, or gets no answer in time. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { type Letta, startLetta } from "../../support/letta.ts";
import { openRaw, type RawConnection, request } from "../../support/raw.ts";

let letta: Letta;
let box: TestApp;

beforeAll(async () => {
  letta = startLetta();
  box = await startApp({ env: { LETTA_BASE_URL: letta.url }, timing: { jsonWaitMs: 50, heartbeatMs: 20 } });
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
});

type Turn = {
  readonly turnId: string;
  readonly state: string;
  readonly response: string | null;
  readonly runId: string;
};
type Body = Readonly<Record<string, unknown>>;

const look = async (turnId: string): Promise<Turn> =>
  (await (await box.call(`/api/v1/turns/${turnId}`)).json()) as Turn;

/** The turn, once it is in one of these states. */
const reached = (turnId: string, ...states: readonly string[]): Promise<Turn> =>
  until(async () => {
    const turn = await look(turnId);
    return states.includes(turn.state) ? turn : undefined;
  });

/** The turn of a chat of its own, once its run is known. */
const started = (turnId: string): Promise<Turn> =>
  until(async () => {
    const turn = await look(turnId);
    return turn.runId === null ? undefined : turn;
  });

const queue = async (body: Body): Promise<string> => {
  const response = await box.call("/api/v1/chat/async", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return ((await response.json()) as Turn).turnId;
};

const cancel = (turnId: string): Promise<Response> => box.call(`/api/v1/turns/${turnId}/cancel`, { method: "POST" });

const newest = async (): Promise<Turn> => {
  const { turns } = (await (await box.call("/api/v1/turns?limit=1")).json()) as { turns: readonly Turn[] };
  const [turn] = turns;
  if (!turn) throw new Error("there is no turn");
  return turn;
};

const accepts = { json: "application/json", sse: "text/event-stream" } as const;

/** Sends a request and answers, once its run is on its way, the turn and the connection to be broken. */
const begin = async (
  way: keyof typeof accepts,
  body: Body,
): Promise<{ readonly turn: Turn; readonly connection: RawConnection }> => {
  const before = await newest().catch(() => undefined);
  const connection = await openRaw(box.url);
  const headers = { "content-type": "application/json", "x-api-key": box.token, accept: accepts[way] };
  connection.send(request("POST", "/api/v1/chat", headers, JSON.stringify(body)));
  const turn = await until(async () => {
    const made = await newest().catch(() => undefined);
    return made && made.turnId !== before?.turnId ? made : undefined;
  });
  return { turn: await started(turn.turnId), connection };
};

describe.each(["json", "sse"] as const)("a caller of %s who goes away", (way) => {
  test("leaves the turn to its end, unless asked otherwise", async () => {
    const { turn, connection } = await begin(way, { message: "demo slow 10 stays", chat: `${way}-stay` });
    connection.close();
    const ended = await reached(turn.turnId, "done", "cancelled", "failed");
    expect(ended).toMatchObject({ state: "done" });
    expect(ended.response).toContain("ten stays");
  });

  test("takes the turn along when that was asked for", async () => {
    const body = { message: "demo slow 1000 goes", chat: `${way}-go`, onDisconnect: "cancel" };
    const { turn, connection } = await begin(way, body);
    connection.close();
    expect((await reached(turn.turnId, "done", "cancelled", "failed")).state).toBe("cancelled");
  });

  test("and stays until the answer is not the one who left", async () => {
    const body = { message: "demo slow 5 whole", chat: `${way}-whole`, onDisconnect: "cancel" };
    const response = await box.chat(body, { accept: accepts[way] });
    expect(await response.text()).toContain("five whole");
    expect(await look((await newest()).turnId)).toMatchObject({ state: "done" });
  });
});

test("onDisconnect is continue or cancel", async () => {
  for (const onDisconnect of ["stop", "", 1, true, {}]) {
    const response = await box.chat({ message: "hello", onDisconnect });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ success: false, field: "onDisconnect" });
  }
});

describe("cancel", () => {
  test("ends a running turn, and its caller hears of it", async () => {
    const { turn, connection } = await begin("sse", { message: "demo slow 1000", chat: "cancelled" });
    const response = await cancel(turn.turnId);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ success: true, turnId: turn.turnId });
    const heard = await connection.until(/"type":"result"/);
    connection.close();
    expect(heard).toContain('"success":false');
    expect(heard).toContain('"errorCode":"interrupted"');
    expect(await reached(turn.turnId, "cancelled")).toMatchObject({ state: "cancelled" });
  });

  test("ends a queued turn at once, and it never reaches the agent", async () => {
    const first = await queue({ message: "demo slow 1000 first", chat: "two" });
    await started(first);
    const second = await queue({ message: "the second", chat: "two" });
    expect(await (await cancel(second)).json()).toEqual({ success: true, turnId: second, state: "cancelled" });
    await cancel(first);
    await reached(first, "cancelled");
    const third = await queue({ message: "the third", chat: "two" });
    await reached(third, "done");
    expect(await letta.heard()).toContain("the third");
    expect(await letta.heard()).not.toContain("the second");
  });

  test("changes nothing about a turn that has ended", async () => {
    const id = await queue({ message: "too late", chat: "late" });
    const done = await reached(id, "done");
    expect(await (await cancel(id)).json()).toEqual({ success: true, turnId: id, state: "done" });
    expect(await look(id)).toEqual(done);
  });

  test("is answered to a waiting JSON caller as a failure in words", async () => {
    const body = { message: "demo slow 1000", chat: "waiting" };
    const waiting = box.chat(body);
    const turn = await until(async () => {
      const made = await newest();
      return made.state === "running" && made.runId !== null ? made : undefined;
    });
    await cancel(turn.turnId);
    const response = await waiting;
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      success: false,
      error: "The turn was cancelled.",
      code: "interrupted",
      turnId: turn.turnId,
    });
  });
});

test("silence on a stream is broken by comments, which are no events", async () => {
  const { turn, connection } = await begin("sse", { message: "demo slow 1000", chat: "silent" });
  const waiting = await openRaw(box.url);
  const second = await queue({ message: "waits behind", chat: "silent" });
  waiting.send(`GET /api/v1/turns/${second}/events HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${box.token}\r\n\r\n`);
  const heard = await waiting.until(/(: still here\n\n[^]*){3}/);
  expect(heard.match(/data: /g)).toHaveLength(1);
  for (const id of [second, turn.turnId]) await cancel(id);
  for (const one of [waiting, connection]) one.close();
});

test("reading a turn from two places at once gives both all of it", async () => {
  const id = await queue({ message: "demo slow 10 for both", chat: "both" });
  const streams = await Promise.all([1, 2, 3].map(async () => (await box.call(`/api/v1/turns/${id}/events`)).text()));
  for (const text of streams) expect(text).toContain('"type":"result","success":true');
});
