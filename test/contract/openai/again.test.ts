/** A request that comes twice is said once: the SDK's retries, front ends that ask while an answer is on its way, keys. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import OpenAI from "openai";
import { startApp, tempDir, type TestApp } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { heardBy, openFrontEnd, readAnswer, sdkOn } from "../../support/front-end.ts";
import { type Letta, startLetta } from "../../support/letta.ts";

let letta: Letta;
let box: TestApp;
const lettaDir = tempDir();

beforeAll(async () => {
  letta = startLetta({ dataDir: lettaDir });
  box = await startApp({ env: { LETTA_BASE_URL: letta.url }, timing: { jsonWaitMs: 50 } });
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
  rmSync(lettaDir, { recursive: true, force: true });
});

const asked = (content: string, user: string) =>
  ({ model: "Demo", messages: [{ role: "user", content }], user }) as const satisfies OpenAI.ChatCompletionCreateParams;

const timesHeard = async (words: string): Promise<number> =>
  (await heardBy(letta)).filter((heard) => heard.words === words).length;

const stateOf = async (turnId: string): Promise<string> =>
  ((await (await box.call(`/api/v1/turns/${turnId}`)).json()) as { state: string }).state;

test("an answer that was lost on its way is what the SDK's next attempt gets", async () => {
  let lost = 0;
  const client = sdkOn(box, {
    maxRetries: 2,
    fetch: async (...request) => {
      const response = await fetch(...request);
      lost += 1;
      if (lost > 1) return response;
      await response.text();
      throw new TypeError("the connection broke");
    },
  });
  const { data, response } = await client.chat.completions.create(asked("answer me", "lossy")).withResponse();
  expect(lost).toBe(2);
  expect(data.choices[0]?.message.content).toContain("answer me");
  expect(await stateOf(response.headers.get("x-turn-id") ?? "")).toBe("done");
  expect(await timesHeard("answer me")).toBe(1);
});

test("who is let go because Letta is down gets the answer by asking again", async () => {
  const { port } = letta;
  await letta.stop();
  const away = await sdkOn(box)
    .chat.completions.create(asked("be patient", "patient"))
    .catch((error: unknown) => error as InstanceType<typeof OpenAI.APIError>);
  expect(away).toMatchObject({ status: 503, code: "letta_unreachable", type: "server_error" });
  const headers = away instanceof OpenAI.APIError ? away.headers : undefined;
  expect(headers?.get("retry-after")).toBe("30");
  letta = startLetta({ dataDir: lettaDir, port });
  const turnId = headers?.get("x-turn-id") ?? "";
  const again = await until(async () => {
    const response = await box.call("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json", "x-stainless-retry-count": "1" },
      body: JSON.stringify(asked("be patient", "patient")),
    });
    return response.status === 200 ? response : undefined;
  });
  expect(again.headers.get("x-turn-id")).toBe(turnId);
  expect(await timesHeard("be patient")).toBe(1);
});

test("who asks for the same history while its answer is on its way gets that answer", async () => {
  const headers = { "X-OpenWebUI-Chat-Id": "impatient" };
  const body = { ...asked("demo slow 300 please", ""), stream: true } as const;
  const client = sdkOn(box);
  const [first, second] = await Promise.all([
    client.chat.completions.create(body, { headers }).then(readAnswer),
    client.chat.completions.create(body, { headers }).then(readAnswer),
  ]);
  expect(first).toStartWith("one two three");
  expect(first).toContain("300 please");
  expect(second).toBe(first);
  expect(await timesHeard("demo slow 300 please")).toBe(1);
});

test("twenty different messages at once behind one answer are all heard, each on its own branch", async () => {
  const page = openFrontEnd(sdkOn(box), { headers: { "X-OpenWebUI-Chat-Id": "crowd" } });
  await page.say("the root");
  await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      openFrontEnd(sdkOn(box), { headers: { "X-OpenWebUI-Chat-Id": "crowd" } }, [...page.messages]).say(`branch ${at}`),
    ),
  );
  const heard = (await heardBy(letta)).filter(({ words }) => words.startsWith("branch "));
  expect(heard).toHaveLength(20);
  expect(new Set(heard.map(({ conversation }) => conversation)).size).toBe(20);
});

test("an idempotency key makes it one message for ever, and another body a conflict", async () => {
  const client = sdkOn(box);
  const headers = { "Idempotency-Key": "order-17" };
  const once = await client.chat.completions.create(asked("one order", "keys"), { headers });
  const twice = await client.chat.completions.create(asked("one order", "keys"), { headers });
  expect(twice.id).toBe(once.id);
  expect(twice.choices).toEqual(once.choices);
  expect(await timesHeard("one order")).toBe(1);
  const conflict = await sdkOn(box, { maxRetries: 2 })
    .chat.completions.create(asked("another order", "keys"), { headers })
    .catch((error: unknown) => error);
  expect(conflict).toBeInstanceOf(OpenAI.ConflictError);
  expect(await timesHeard("another order")).toBe(0);
});

/** Asks for a stream and hangs up after the first words; answers the turn. */
const hangUp = async (content: string, headers: Readonly<Record<string, string>>): Promise<string> => {
  const body = { ...asked(content, ""), stream: true } as const;
  const { data, response } = await sdkOn(box).chat.completions.create(body, { headers }).withResponse();
  for await (const { choices } of data) if (choices[0]?.delta.content) break;
  return response.headers.get("x-turn-id") ?? "";
};

test("who hangs up does not stop the agent, and finds the whole answer by asking again", async () => {
  const headers = { "X-OpenWebUI-Chat-Id": "hung up" };
  const turnId = await hangUp("demo slow 5000", headers);
  expect(await stateOf(turnId)).toBe("running");
  const { data, response } = await sdkOn(box)
    .chat.completions.create({ ...asked("demo slow 5000", ""), stream: true }, { headers })
    .withResponse();
  expect(response.headers.get("x-turn-id")).toBe(turnId);
  let heard = "";
  for await (const { choices } of data) {
    heard += choices[0]?.delta.content ?? "";
    // What is said behind what there was when it was asked again is heard as well.
    if (heard.includes("twenty")) break;
  }
  expect(heard).toStartWith("one two three");
  expect(await stateOf(turnId)).toBe("running");
  await box.call(`/api/v1/turns/${turnId}/cancel`, { method: "POST" });
});

test("who says so stops the agent by hanging up", async () => {
  const headers = { "X-OpenWebUI-Chat-Id": "stopped", "X-On-Disconnect": "cancel" };
  const turnId = await hangUp("demo slow 5000", headers);
  await until(async () => ((await stateOf(turnId)) === "cancelled" ? true : undefined));
});
