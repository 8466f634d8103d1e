/** A request that is made again under its key is one message, one turn and one answer. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { startApp, tempDir, type TestApp } from "../../support/app.ts";
import { type Letta, startLetta } from "../../support/letta.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let letta: Letta;
let box: TestApp;
let ada: MadeToken;
let eve: MadeToken;
const dataDir = tempDir();

beforeAll(async () => {
  letta = startLetta();
  box = await startApp({ dataDir, env: { LETTA_BASE_URL: letta.url } });
  ada = await makeToken(box, "ada");
  eve = await makeToken(box, "eve");
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

type Answer = { readonly success: boolean; readonly turnId: string; readonly response: string; readonly code?: string };
type Headers = Readonly<Record<string, string>>;

const say = async (body: object, headers: Headers = {}): Promise<{ status: number; body: Answer }> => {
  const response = await box.chat(body as Record<string, unknown>, { ...bearer(ada), ...headers });
  return { status: response.status, body: (await response.json()) as Answer };
};

const timesHeard = async (text: string): Promise<number> =>
  (await letta.heard()).filter((heard) => heard.includes(text)).length;

test("the same key and body is the same turn, the same answer and one message", async () => {
  const body = { message: "only once, please", idempotencyKey: "key-1" };
  const first = await say(body);
  const second = await say(body);
  expect(first.status).toBe(200);
  expect(second).toEqual(first);
  expect(await timesHeard("only once, please")).toBe(1);
});

test("requests without a key are as many messages, however alike", async () => {
  const first = await say({ message: "twice, please" });
  const second = await say({ message: "twice, please" });
  expect(second.body.turnId).not.toBe(first.body.turnId);
  expect(await timesHeard("twice, please")).toBe(2);
});

test("the key may stand in the header, and is the same there", async () => {
  const inBody = await say({ message: "header or field", idempotencyKey: "key-2" });
  const inHeader = await say({ message: "header or field" }, { "idempotency-key": "key-2" });
  const inBoth = await say({ message: "header or field", idempotencyKey: "key-2" }, { "idempotency-key": "key-2" });
  expect([inHeader.body.turnId, inBoth.body.turnId]).toEqual([inBody.body.turnId, inBody.body.turnId]);
  expect(await timesHeard("header or field")).toBe(1);
});

test("two keys that contradict each other are refused", async () => {
  const { status, body } = await say({ message: "hello", idempotencyKey: "one" }, { "idempotency-key": "two" });
  expect(status).toBe(400);
  expect(body).toMatchObject({ success: false, field: "idempotencyKey" });
});

test("the same key with another message, agent, chat or conversation is a conflict, and nothing is sent", async () => {
  await say({ message: "the original", idempotencyKey: "key-3" });
  const posts = (await letta.posts()).length;
  const agent = (await letta.agents())[0];
  const others = [{ message: "another" }, { message: "the original", chat: "b" }, { message: "the original", agent }];
  for (const other of others) {
    const { status, body } = await say({ ...other, idempotencyKey: "key-3" });
    expect(status).toBe(409);
    expect(body).toMatchObject({ success: false, code: "conflict" });
  }
  expect(await letta.posts()).toHaveLength(posts);
});

test("how the answer is wanted is no part of the body: a repetition may stream, or only queue", async () => {
  const body = { message: "any way you like", idempotencyKey: "key-4" };
  const { turnId } = (await say(body)).body;
  const streamed = await box.chat(body, { ...bearer(ada), accept: "text/event-stream" });
  expect(streamed.headers.get("x-turn-id")).toBe(turnId);
  expect(await streamed.text()).toContain('"type":"result","success":true');
  const queued = await box.call("/api/v1/chat/async", {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(ada) },
    body: JSON.stringify({ ...body, onDisconnect: "cancel" }),
  });
  expect(queued.status).toBe(202);
  expect(await queued.json()).toMatchObject({ turnId });
  expect(await timesHeard("any way you like")).toBe(1);
});

test("keys of different tokens have nothing to do with each other", async () => {
  const mine = await say({ message: "from ada", idempotencyKey: "shared" });
  const hers = await say({ message: "from eve", idempotencyKey: "shared" }, bearer(eve));
  expect([mine.status, hers.status]).toEqual([200, 200]);
  expect(hers.body.turnId).not.toBe(mine.body.turnId);
});

test("twenty at once are one message, and all get its answer", async () => {
  const body = { message: "demo slow 3 all at once", idempotencyKey: "key-5" };
  const answers = await Promise.all(Array.from({ length: 20 }, () => say(body)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
  expect(await timesHeard("all at once")).toBe(1);
});

test("twenty different bodies at once under one key are one message and nineteen conflicts", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => say({ message: `first come ${at}`, idempotencyKey: "key-6" })),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  expect(await timesHeard("first come")).toBe(1);
});

test("a failure is repeated like an answer", async () => {
  const body = { message: "demo fail", idempotencyKey: "key-7" };
  const first = await say(body);
  expect(first.status).toBe(500);
  expect(await say(body)).toEqual(first);
});

test("a restart forgets no key", async () => {
  const body = { message: "remember me", idempotencyKey: "key-8" };
  const first = await say(body);
  await box.stop();
  box = await startApp({ dataDir, env: { LETTA_BASE_URL: letta.url } });
  expect(await say(body)).toEqual(first);
  expect((await say({ ...body, message: "another" })).status).toBe(409);
  expect(await timesHeard("remember me")).toBe(1);
});

test("a key that no header could carry is refused", async () => {
  for (const idempotencyKey of ["", " ", "x".repeat(256), "schlüssel", "a\nb", 7, ["a"], {}]) {
    const { status, body } = await say({ message: "hello", idempotencyKey });
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, field: "idempotencyKey" });
  }
  expect((await say({ message: "hello" }, { "idempotency-key": "x".repeat(256) })).status).toBe(400);
});
