/** The official SDK as a client of the completions API: answers, streams, usage, models. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { startApp, type TestApp } from "../../support/app.ts";
import { heardBy, readAnswer, sdkOn } from "../../support/front-end.ts";
import { type Letta, startLetta } from "../../support/letta.ts";

let letta: Letta;
let box: TestApp;
let client: OpenAI;

beforeAll(async () => {
  letta = startLetta({ wordMs: 30 });
  await letta.addAgent("Second");
  for (const name of ["Twin", "Twin"]) await letta.addAgent(name);
  await fetch(`${letta.url}/v1/agents/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Scripted", model: "openai-proxy/fake-model" }),
  });
  box = await startApp({ env: { LETTA_BASE_URL: letta.url }, timing: { heartbeatMs: 10 } });
  client = sdkOn(box);
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
});

type More = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>;

let users = 0;
/** A chat of its own for each request. */
const asked = (content: string, more: More = {}): OpenAI.ChatCompletionCreateParamsNonStreaming => {
  users += 1;
  return { model: "Demo", messages: [{ role: "user", content }], user: `user-${users}`, ...more };
};

const complete = (content: string, more: More = {}) => client.chat.completions.create(asked(content, more));

const stream = async (content: string, more: Pick<More, "stream_options"> = {}) => {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  const body = { ...asked(content, more), stream: true } as const;
  for await (const chunk of await client.chat.completions.create(body)) chunks.push(chunk);
  return chunks;
};

describe("a completion", () => {
  test("has that API's shape, the agent's answer and what it took", async () => {
    const { usage, ...answer } = await complete("hello there");
    expect(answer).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/) as string,
      object: "chat.completion",
      created: expect.any(Number) as number,
      model: "Demo",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: expect.stringMatching(/^You said: hello there\n/) as string,
            refusal: null,
          },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
    });
    expect(usage?.prompt_tokens).toBeGreaterThan(0);
    expect(usage?.completion_tokens).toBeGreaterThan(0);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  test("names its turn, which the chat API knows", async () => {
    const { response, data } = await client.chat.completions.create({ ...asked("which turn?") }).withResponse();
    const turnId = response.headers.get("x-turn-id");
    const turn = (await (await box.call(`/api/v1/turns/${turnId}`)).json()) as { state: string; response: string };
    expect(turn).toMatchObject({ state: "done", trigger: "api", response: data.choices[0]?.message.content });
    expect(data.id).toBe(`chatcmpl-${turnId?.slice(5)}`);
  });

  test("has no tool calls: the agent makes them itself", async () => {
    const { choices } = await complete("demo tool");
    expect(choices[0]?.message).not.toHaveProperty("tool_calls");
    expect(choices[0]?.message.content).toStartWith("The tool get_time says:");
  });

  test("is empty when the agent chose to say nothing", async () => {
    const { choices } = await complete("demo silent");
    expect(choices[0]).toMatchObject({ message: { content: "" }, finish_reason: "stop" });
  });

  test("comes from the agent that is named by name or id, and from the first without a model", async () => {
    const second = (await client.models.list()).data.find(({ id }) => id === "Second");
    expect(second).toBeDefined();
    expect((await complete("hello", { model: "Second" })).model).toBe("Second");
    const id = (await letta.agents()).at(-1) ?? "";
    expect((await complete("hello", { model: id })).model).toBe("Demo");
    expect((await complete("hello", { model: "" })).model).toBe("Demo");
  });

  test("is not changed by what would change a model", async () => {
    const more = { temperature: 2, top_p: 0.1, max_tokens: 1, n: 3, seed: 7, stop: ["said"], logprobs: true };
    const tools = [{ type: "function", function: { name: "dance", parameters: {} } } as const];
    const { choices } = await complete("as ever", { ...more, tools, tool_choice: "auto" });
    expect(choices).toHaveLength(1);
    expect(choices[0]?.message.content).toStartWith("You said: as ever");
  });

  test("takes words in parts, and several messages in a row as one", async () => {
    const parts = [
      { type: "text", text: "one part" },
      { type: "text", text: "another" },
    ] as const;
    await complete("", { messages: [{ role: "user", content: [...parts] }] });
    expect((await heardBy(letta)).at(-1)?.words).toBe("one part\nanother");
    const messages = ["first", "second"].map((content) => ({ role: "user", content }) as const);
    await complete("", { messages });
    expect((await heardBy(letta)).at(-1)?.words).toBe("first\n\nsecond");
  });
});

describe("a stream", () => {
  test("begins with the role, brings the words as they come, ends with the reason, and then what it took", async () => {
    const chunks = await stream("demo slow 5", { stream_options: { include_usage: true } });
    const [first, ...rest] = chunks;
    expect(first?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    const usage = rest.pop();
    expect(usage).toMatchObject({ object: "chat.completion.chunk", choices: [] });
    expect(usage?.usage?.total_tokens).toBeGreaterThan(0);
    const last = rest.pop();
    expect(last?.choices[0]).toMatchObject({ delta: {}, finish_reason: "stop" });
    expect(rest.length).toBeGreaterThan(3);
    expect(rest.map(({ choices }) => choices[0]?.delta.content).join("")).toStartWith("one two three four five");
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.slice(0, -1).map(({ usage: none }) => none)).toEqual(chunks.slice(0, -1).map(() => null));
  });

  test("says nothing of usage unless it is asked to", async () => {
    const chunks = await stream("hello");
    expect(chunks.every(({ choices }) => choices.length === 1)).toBe(true);
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
  });

  test("says the same as the whole answer, in turns with thoughts, tools and several messages too", async () => {
    for (const words of ["demo think", "demo tool", "hello"]) {
      const streamed = await stream(words);
      const id = streamed[0]?.id.slice(9);
      const turn = (await (await box.call(`/api/v1/turns/turn_${id}`)).json()) as { response: string };
      expect(streamed.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(turn.response);
      expect(streamed.some(({ choices }) => choices[0]?.delta.tool_calls)).toBe(false);
    }
  });

  test("puts a blank line between two messages of one answer", async () => {
    const body = {
      ...asked('CALL:conversation_search {"query": "x"} SAY', { model: "Scripted" }),
      stream: true,
    } as const;
    const text = await readAnswer(await client.chat.completions.create(body));
    expect(text).toMatch(/^Calling now\.\n\nEcho: /);
  });

  test("stays open through silences, which the SDK does not see", async () => {
    const response = await fetch(`${box.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${box.token}` },
      body: JSON.stringify({ ...asked("demo slow 3"), stream: true }),
    });
    const text = await response.text();
    expect(text).toContain(": still here\n\n");
    expect(text).toEndWith("\n\ndata: [DONE]\n\n");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect((await stream("demo slow 3")).length).toBeGreaterThan(3);
  });

  test("of a turn that fails ends with an error that the SDK throws", async () => {
    const failure = await stream("demo fail").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "provider_failed", type: "server_error" });
    expect(String(failure)).toContain("The model provider failed. (run-");
  });
});

describe("models", () => {
  test("are the agents, by name, or by id where a name is taken twice", async () => {
    const models = (await client.models.list()).data;
    const ids = models.map(({ id }) => id);
    expect(ids).toContain("Demo");
    expect(ids).not.toContain("Twin");
    expect(ids.filter((id) => id.startsWith("agent-"))).toHaveLength(2);
    expect(models[0]).toEqual({
      id: expect.any(String) as string,
      object: "model",
      created: expect.any(Number) as number,
      owned_by: "lettabox",
    });
  });

  test("can be looked up one by one", async () => {
    expect(await client.models.retrieve("Demo")).toMatchObject({ id: "Demo", object: "model" });
    await letta.addAgent("a/b c");
    expect(await client.models.retrieve("a/b c")).toMatchObject({ id: "a/b c" });
    const missing = await client.models.retrieve("Eve").catch((error: unknown) => error);
    expect(missing).toMatchObject({ status: 404, code: "model_not_found" });
  });
});
