/** What the official SDK makes of refusals: its own classes of errors, with words that help. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { startApp, type TestApp } from "../../support/app.ts";
import { sdkOn } from "../../support/front-end.ts";
import { type Letta, startLetta } from "../../support/letta.ts";
import { makeToken } from "../../support/tokens.ts";

let letta: Letta;
let box: TestApp;

beforeAll(async () => {
  letta = startLetta();
  box = await startApp({
    env: { LETTA_BASE_URL: letta.url },
    completions: { bodyBytes: 50_000 },
    limits: { requestsPerMinute: 3 },
  });
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
});

const refusal = (client: OpenAI, body: object): Promise<InstanceType<typeof OpenAI.APIError>> =>
  client.chat.completions.create({ model: "Demo", messages: [], ...body }).then(
    () => Promise.reject(new Error("it was accepted")),
    (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
  );

const user = (content: unknown) => ({ messages: [{ role: "user", content }] });

describe("who asks", () => {
  test("without a valid key: 401", async () => {
    const error = await refusal(sdkOn({ url: box.url, token: "wrong" }), user("hello"));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: "invalid_api_key", type: "invalid_request_error", param: null });
  });

  test("with a token that may not chat: 403", async () => {
    const { token } = await makeToken(box, "reader", { scope: "read" });
    expect(await refusal(sdkOn({ url: box.url, token }), user("hello"))).toBeInstanceOf(OpenAI.PermissionDeniedError);
  });

  test("too often: 429, with the time to wait", async () => {
    const { token } = await makeToken(box, "eager");
    const client = sdkOn({ url: box.url, token });
    for (let time = 0; time < 3; time += 1) await client.models.list();
    const error = await refusal(client, user("hello"));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: "rate_limit_exceeded", type: "rate_limit_error" });
    expect(Number(error.headers?.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("what is asked", () => {
  const wrong: readonly (readonly [what: string, body: object, param: string | null, words: RegExp])[] = [
    ["no messages", { messages: [] }, "messages", /non-empty/],
    ["messages that are none", { messages: "hello" }, "messages", /non-empty/],
    ["a role that is none", { messages: [{ role: "king", content: "" }] }, "messages[0].role", /one of: user/],
    ["a content that is none", user(7), "messages[0].content", /string or an array/],
    ["a part without a type", user([{}]), "messages[0].content[0].type", /must be a string/],
    ["a sound", user([{ type: "input_audio" }]), "messages[0].content[0].type", /"input_audio" is not supported/],
    ["nothing said", user("  "), "messages", /text or an image/],
    ["only instructions", { messages: [{ role: "system", content: "be" }] }, "messages", /last message/],
    ["an answer last", { messages: [{ role: "assistant", content: "so" }] }, "messages", /last message/],
    ["more than a message may hold", user("x".repeat(10_001)), "messages", /max 10000 chars/],
    ["what cannot be stored", user("a\0b"), "messages", /NUL/],
    ["a stream that is no switch", { ...user("hi"), stream: "yes" }, "stream", /true or false/],
    ["a model that is no name", { ...user("hi"), model: 7 }, "model", /must be a string/],
    ["a user that is no name", { ...user("hi"), user: { id: 7 } }, "user", /must be a string/],
    ["a call of the caller's tools", { ...user("hi"), tool_choice: "required" }, "tool_choice", /own tools/],
    ["something to do when it hangs up", { ...user("hi"), onDisconnect: "explode" }, "onDisconnect", /continue/],
  ];
  for (const [what, body, param, words] of wrong) {
    test(`${what}: 400`, async () => {
      const error = await refusal(sdkOn(box), body);
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({ type: "invalid_request_error", code: "bad_request", param });
      expect(error.message).toMatch(words);
      expect(error.headers?.get("x-should-retry")).toBe("false");
    });
  }

  test("an agent that is none: 404 with those there are", async () => {
    const error = await refusal(sdkOn(box), { ...user("hello"), model: "Eve" });
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: "model_not_found", param: "model" });
    expect(error.message).toContain("Model not found: Eve. Available: Demo");
  });

  test("more than a body may hold: 413", async () => {
    const error = await refusal(sdkOn(box), user("x".repeat(60_000)));
    expect(error).toMatchObject({ status: 413, type: "invalid_request_error", code: "body_too_large" });
  });

  test("not JSON: 400 in the same shape", async () => {
    for (const [type, body, words] of [
      ["text/plain", "{}", "Content-Type must be application/json"],
      ["application/json", "{", "Invalid JSON body"],
    ] as const) {
      const response = await box.call("/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: { message: words, type: "invalid_request_error", param: null, code: "bad_request" },
      });
    }
  });

  test("a route or a method that is none: the same shape", async () => {
    for (const [method, path, status] of [
      ["GET", "/v1/embeddings", 404],
      ["GET", "/v1/chat/completions", 405],
    ] as const) {
      const response = await box.call(path, { method });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    }
  });
});

describe("what is answered", () => {
  test("a turn that failed: its own status and words, and the SDK does not try again", async () => {
    const before = (await letta.posts()).length;
    const error = await refusal(sdkOn(box, { maxRetries: 2 }), { ...user("demo fail"), user: "failing" });
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 502, code: "provider_failed", type: "server_error" });
    expect(error.headers?.get("x-turn-id")).toStartWith("turn_");
    expect((await letta.posts()).length).toBe(before + 1);
  });

  test("a server that stops: 503, to be tried again", async () => {
    const other = await startApp({ env: { LETTA_BASE_URL: letta.url }, drainMs: 300 });
    const running = sdkOn(other).chat.completions.create({
      model: "Demo",
      messages: user("demo slow 500").messages as [],
    });
    const left = running.catch((error: unknown) => error);
    while ((await (await other.call("/api/v1/turns")).text()).includes('"turns":[]')) await Bun.sleep(5);
    await other.stop();
    expect(await left).toMatchObject({ status: 503, code: "stopping" });
  });
});
