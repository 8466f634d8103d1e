/** What LettaBot's clients rely on: paths, headers, the order of the checks, the words of the errors, the shapes of the events. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { type Letta, startLetta } from "../../support/letta.ts";

let letta: Letta;
let box: TestApp;

beforeAll(async () => {
  letta = startLetta();
  await letta.addAgent("Second");
  box = await startApp({ env: { LETTA_BASE_URL: letta.url } });
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
});

const asLettabot = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${box.url}/api/v1/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": box.token, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

/** As a client without an SSE library reads a stream: whatever stands behind `data: ` in a frame is JSON. */
const readStream = async (response: Response): Promise<readonly Event[]> =>
  (await response.text())
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: "))
    .map((frame) => JSON.parse(frame.slice(6)) as Event);

/** The events of a stream whose frames have a line for their id. */
const idless = (text: string): readonly Event[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json) as Event);

/** What the agent said in them, in one message. */
const wordsOf = (events: readonly Event[]): string =>
  events
    .filter(({ type }) => type === "assistant")
    .reduce((text, { content, replace }) => (replace === true ? "" : text) + String(content), "");

const stream = async (message: string): Promise<readonly Event[]> =>
  readStream(await asLettabot({ message }, { accept: "text/event-stream" }));

describe("the JSON answer", () => {
  test("has the agent's text, its name and the turn", async () => {
    const response = await asLettabot({ message: "hello there" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const body = (await response.json()) as Record<string, string>;
    expect(Object.keys(body)).toEqual(["success", "response", "agentName", "turnId"]);
    expect(body).toMatchObject({ success: true, agentName: "Demo" });
    expect(body["response"]).toStartWith("You said: hello there\n\n");
  });

  test("comes from the agent that is named, by name or by id", async () => {
    const [id] = await letta.agents();
    for (const agent of ["Second", id]) {
      expect(await (await asLettabot({ message: "hello", agent })).json()).toMatchObject({ agentName: "Second" });
    }
  });

  test("comes from an agent that was made after the start, too", async () => {
    await letta.addAgent("Latecomer");
    const response = await asLettabot({ message: "hello", agent: "Latecomer" });
    expect(await response.json()).toMatchObject({ success: true, agentName: "Latecomer" });
  });

  test("comes from the first agent when none is named, an empty name or null included", async () => {
    for (const agent of [undefined, null, ""]) {
      expect(await (await asLettabot({ message: "hello", agent })).json()).toMatchObject({ agentName: "Demo" });
    }
  });

  test("is an empty text when the agent chose to say nothing", async () => {
    const response = await asLettabot({ message: "demo silent" });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ success: true, response: "" });
  });

  test("has neither reasoning nor tool output in it", async () => {
    const thinking = (await (await asLettabot({ message: "demo think" })).json()) as { response: string };
    expect(thinking.response).toStartWith("I have thought about it.");
    const tool = (await (await asLettabot({ message: "demo tool" })).json()) as { response: string };
    expect(tool.response).toStartWith("The tool get_time says:");
  });

  test("has a replacement character where half of a surrogate pair was", async () => {
    const answer = (await (await asLettabot({ message: "half \ud83e of a hedgehog" })).json()) as { response: string };
    expect(answer.response).toContain("half \ufffd of a hedgehog");
  });

  test("says with 500 that a turn failed, and why", async () => {
    const response = await asLettabot({ message: "demo fail" });
    expect(response.status).toBe(500);
    const body = (await response.json()) as { error: string };
    expect(body).toMatchObject({ success: false, agentName: "Demo", code: "provider_failed" });
    expect(body.error).toMatch(/\(.*run-[\w-]+\)$/);
  });
});

describe("the stream", () => {
  test("has LettaBot's headers", async () => {
    const response = await asLettabot({ message: "hello" }, { accept: "application/json, text/event-stream" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(response.headers.get("connection")).toBe("keep-alive");
    await response.text();
  });

  test("consists of frames that are data and nothing else, and comments", async () => {
    const response = await asLettabot({ message: "demo think" }, { accept: "text/event-stream" });
    const frames = (await response.text()).split("\n\n");
    expect(frames.pop()).toBe("");
    expect(frames.filter((frame) => !/^(data: \{.*\}|:.*)$/.test(frame))).toEqual([]);
  });

  test("can be gone on with behind any of its events, by the id in it", async () => {
    const events = await stream("demo slow 4 and done");
    const turn = String(events[0]?.["sessionId"]);
    for (const [index, event] of events.entries()) {
      const path = `/api/v1/turns/${turn}/events?lastEventId=${String(event["id"])}`;
      const rest = await (await box.call(path)).text();
      const whole = [...events.slice(0, index + 1), ...idless(rest)];
      expect(wordsOf(whole)).toBe(wordsOf(events));
      expect(whole.filter(({ type }) => type === "result")).toHaveLength(1);
    }
  });

  test("begins with init, carries the text in pieces of one uuid, and ends with result", async () => {
    const events = await stream("demo slow 4 and done");
    expect(events[0]).toEqual({
      id: "0",
      type: "init",
      agentId: expect.stringMatching(/^agent-/) as string,
      sessionId: expect.stringMatching(/^turn_/) as string,
      conversationId: expect.anything() as unknown as string,
      model: expect.any(String) as string,
      tools: [],
    });
    const pieces = events.filter(({ type }) => type === "assistant");
    expect(pieces.length).toBeGreaterThan(2);
    expect(new Set(pieces.map(({ uuid }) => uuid)).size).toBe(1);
    const text = pieces.map(({ content }) => content).join("");
    expect(text).toStartWith("one two three four and done");
    expect(events.at(-1)).toEqual({
      id: expect.stringMatching(/^\d+$/) as string,
      type: "result",
      success: true,
      turnId: expect.stringMatching(/^turn_/) as string,
      result: text,
      stopReason: "end_turn",
      durationMs: expect.any(Number) as number,
      conversationId: expect.any(String) as string,
      runIds: [expect.stringMatching(/^run-/) as string],
    });
  });

  test("tells reasoning, tool calls and their results apart", async () => {
    const thoughts = (await stream("demo think")).filter(({ type }) => type === "reasoning");
    expect(thoughts.map(({ content }) => content).join("")).toStartWith("The person wants to see me think.");
    const events = await stream("demo tool");
    const call = events.find(({ type }) => type === "tool_call");
    expect(call).toMatchObject({ toolName: "get_time", toolInput: {}, rawArguments: "{}", uuid: expect.any(String) });
    const result = events.find(({ type }) => type === "tool_result");
    expect(result).toMatchObject({ toolCallId: call?.["toolCallId"], isError: false, content: expect.any(String) });
  });

  test("says in an error and a failed result why a turn failed", async () => {
    const events = await stream("demo fail");
    const runId = expect.stringMatching(/^run-/) as string;
    expect(events.at(-2)).toMatchObject({ type: "error", errorCode: "provider_failed", runId });
    expect(events.at(-1)).toMatchObject({ type: "result", success: false, errorCode: "provider_failed" });
    expect(events.at(-1)?.["error"]).toBe(events.at(-2)?.["message"]);
  });

  test("does not begin for a request that is refused", async () => {
    const response = await asLettabot({ message: "" }, { accept: "text/event-stream" });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/json");
  });
});

describe("the asynchronous request", () => {
  test("is answered with 202 and where to look, and is worked on", async () => {
    const response = await box.call("/api/v1/chat/async", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message: "fire and forget" }),
    });
    expect(response.status).toBe(202);
    const body = (await response.json()) as Readonly<Record<string, unknown>>;
    expect(body).toEqual({
      success: true,
      status: "queued",
      agentName: "Demo",
      turnId: expect.stringMatching(/^turn_[0-9a-f]{32}$/),
    });
    await (await box.call(`/api/v1/turns/${String(body["turnId"])}/events`)).text();
    expect(await (await box.call(`/api/v1/turns/${String(body["turnId"])}`)).json()).toMatchObject({ state: "done" });
    expect(await letta.heard()).toContain("fire and forget");
  });
});

const askWith = (headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${box.url}/api/v1/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ message: "hello" }),
  });

describe("who may ask", () => {
  test("a key in X-Api-Key, or as a Bearer in any case", async () => {
    expect((await askWith({ "x-api-key": box.token })).status).toBe(200);
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect((await askWith({ authorization: `${scheme} ${box.token}` })).status).toBe(200);
    }
  });

  test("X-Api-Key wins, even when it is wrong; an empty one is none", async () => {
    expect((await askWith({ "x-api-key": "wrong", authorization: `Bearer ${box.token}` })).status).toBe(401);
    expect((await askWith({ "x-api-key": box.token, authorization: "Bearer wrong" })).status).toBe(200);
    expect((await askWith({ "x-api-key": "", authorization: `Bearer ${box.token}` })).status).toBe(200);
  });

  test("nobody else", async () => {
    const wrong = [{}, { "x-api-key": "wrong" }, { authorization: box.token }, { authorization: `Basic ${box.token}` }];
    for (const headers of wrong as readonly Record<string, string>[]) {
      const response = await askWith(headers);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toEqual({ success: false, error: "Unauthorized", code: "unauthorized" });
    }
  });
});

describe("the checks come in LettaBot's order, in its words", () => {
  const json = { "content-type": "application/json" };
  const plain = { "content-type": "text/plain" };
  const long = "x".repeat(10_001);
  const missing = "Missing required field: message";
  /** Each request is wrong in everything that comes after what it is refused for. */
  const refusals: readonly (readonly [string, Record<string, string>, string, number, string])[] = [
    ["the key first", { ...plain, "x-api-key": "wrong" }, "{", 401, "Unauthorized"],
    ["then the content type", plain, "{", 400, "Content-Type must be application/json"],
    ["then JSON", json, '{"agent":"Nobody"', 400, "Invalid JSON body"],
    ["then the message", json, '{"agent":"Nobody"}', 400, missing],
    ["a message that is no text", json, '{"message":7,"agent":"Nobody"}', 400, missing],
    ["an empty message", json, '{"message":"","agent":"Nobody"}', 400, missing],
    ["then its length", json, `{"message":"${long}","agent":"Nobody"}`, 400, "Message too long (max 10000 chars)"],
    [
      "then the agent",
      json,
      '{"message":"hi","agent":"X"}',
      404,
      "Agent not found: X. Available: Demo, Second, Latecomer",
    ],
  ];

  for (const path of ["/api/v1/chat", "/api/v1/chat/async"]) {
    test.each(refusals)(`${path}: %s`, async (_, headers, body, status, error) => {
      const response = await box.call(path, { method: "POST", headers: { "x-api-key": box.token, ...headers }, body });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ success: false, error });
    });
  }

  test("10,000 characters are not too long", async () => {
    const response = await asLettabot({ message: "x".repeat(10_000) });
    expect(response.status).toBe(200);
  });

  test("a content type with a charset is JSON too", async () => {
    const response = await asLettabot({ message: "hello" }, { "content-type": "application/json; charset=utf-8" });
    expect(response.status).toBe(200);
  });
});

test("health is LettaBot's, without a key", async () => {
  for (const path of ["/", "/health"]) {
    const response = await fetch(`${box.url}${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toStartWith("text/plain");
    expect(await response.text()).toBe("ok");
  }
});
