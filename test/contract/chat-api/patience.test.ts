/** What callers hear while Letta cannot be reached, and that their message is answered all the same. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { startApp, tempDir, type TestApp } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { type Letta, startLetta } from "../../support/letta.ts";
import { openRaw, request } from "../../support/raw.ts";

let letta: Letta;
let box: TestApp;
const dataDir = tempDir();

beforeAll(async () => {
  letta = startLetta({ dataDir });
  box = await startApp({ env: { LETTA_BASE_URL: letta.url }, timing: { jsonWaitMs: 50, heartbeatMs: 20 } });
  expect((await box.chat({ message: "hello" })).status).toBe(200);
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("a JSON caller is let go with the turn's id, an SSE caller is told and stays, and both are answered", async () => {
  const { port } = letta;
  await letta.stop();

  const reader = await openRaw(box.url);
  const headers = { "content-type": "application/json", "x-api-key": box.token, accept: "text/event-stream" };
  reader.send(request("POST", "/api/v1/chat", headers, JSON.stringify({ message: "for the stream", chat: "stream" })));
  const body = { message: "for later", chat: "json", idempotencyKey: "later" };
  const response = await box.chat(body);
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("30");
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  expect(answer).toEqual({
    success: false,
    error: "The agent cannot be reached at the moment. The message is kept; ask for the turn later.",
    code: "letta_unreachable",
    agentName: "Demo",
    turnId: expect.stringMatching(/^turn_/),
  });
  const look = async () =>
    (await (await box.call(`/api/v1/turns/${String(answer["turnId"])}`)).json()) as { state: string };
  // While it is tried once more it counts as running.
  await until(async () => ((await look()).state === "queued" ? true : undefined));
  const told = await reader.until(/"type":"retry"/);
  expect(told).toMatch(/data: \{"type":"retry","reason":"letta_unreachable","attempt":1,"delayMs":\d+,"id":"\d+"\}/);

  letta = startLetta({ dataDir, port });
  await until(async () => ((await look()).state === "done" ? true : undefined));
  expect(await reader.until(/"type":"result"/)).toContain('"success":true');
  reader.close();
  // The same request again is the same turn, which is answered now.
  const again = await box.chat(body);
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({
    turnId: answer["turnId"],
    response: expect.stringContaining("for later"),
  });
  expect((await letta.heard()).filter((text) => text.startsWith("for "))).toHaveLength(2);
});

test("a caller who waits in line is not let go: nothing has failed", async () => {
  const [slow, next] = await Promise.all([
    box.chat({ message: "demo slow 30", chat: "line" }),
    box.chat({ message: "behind it", chat: "line" }),
  ]);
  expect([slow.status, next.status]).toEqual([200, 200]);
});

/** Waits until so many turns of a server of one's own have their runs. */
const atWork = (own: TestApp, count: number): Promise<readonly string[]> =>
  until(async () => {
    type Turns = { readonly turns: readonly { readonly turnId: string; readonly runId: string | null }[] };
    const { turns } = (await (await own.call("/api/v1/turns")).json()) as Turns;
    const ids = turns.filter(({ runId }) => runId !== null).map(({ turnId }) => turnId);
    return ids.length === count ? ids : undefined;
  });

test("while the server stops, new requests are refused in words", async () => {
  // It waits for what runs for as long as the test has something to ask.
  const own = await startApp({ drainMs: 600_000, env: { LETTA_BASE_URL: letta.url } });
  const running = own.chat({ message: "demo slow 10000", chat: "stop" });
  const [turnId] = await atWork(own, 1);
  const stopping = own.stop();
  const refused = await own.chat({ message: "too late" });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ success: false, code: "stopping" });
  expect((await own.call("/readyz")).status).toBe(503);
  expect((await own.call(`/api/v1/turns/${turnId}/cancel`, { method: "POST" })).status).toBe(200);
  expect(await (await running).json()).toMatchObject({ turnId });
  await stopping;
});

test("a server that stops before a turn has ended lets waiting callers go with their turn's id", async () => {
  const own = await startApp({ drainMs: 100, env: { LETTA_BASE_URL: letta.url } });
  const waiting = own.chat({ message: "demo slow 10000", chat: "stop" });
  const streaming = await own.chat({ message: "demo slow 10000", chat: "stop too" }, { accept: "text/event-stream" });
  await atWork(own, 2);
  const stopping = own.stop();
  const response = await waiting;
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    success: false,
    code: "stopping",
    turnId: expect.stringMatching(/^turn_/),
  });
  const heard = await streaming.text();
  expect(heard).toContain('"type":"init"');
  expect(heard).not.toContain('"type":"result"');
  await stopping;
});
