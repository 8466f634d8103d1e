import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { UnprocessableEntityError } from "@letta-ai/letta-client";
import { note, remarkOn } from "../../src/simulator/agent/words.ts";
import {
  answerOf,
  framesOf,
  hanging,
  listen,
  refusalOf,
  runOf,
  said,
  type Stage,
  stageOf,
  stopOf,
  typesOf,
} from "./simulator/client.ts";

/**
 * The simulator through the official SDK. What is expected here was seen from a real Letta server 0.16.7 that got the
 * same requests.
 */

let stage: Stage;
beforeAll(async () => {
  stage = await stageOf();
});
afterAll(() => stage.simulator.close());

const nulls = ["name", "otid", "sender_id", "step_id", "is_err", "seq_id"];

const parse = (frame: string | undefined): Record<string, unknown> =>
  JSON.parse((frame ?? "").replace(/^data: /, "")) as Record<string, unknown>;

describe("a streamed turn", () => {
  test("in token mode is ping, deltas of one message, stop reason, usage, [DONE]", async () => {
    const body = { agent_id: stage.agentId, messages: [said("hello there")], stream_tokens: true };
    const frames = await framesOf(stage, "/v1/conversations/default/messages", body);
    const ping = parse(frames[0]);
    const deltas = frames.slice(1, -3).map(parse);
    const first = deltas[0] ?? {};
    expect(Object.keys(ping)).toEqual(["id", "date", "name", "message_type", ...nulls.slice(1), "run_id"]);
    expect(ping["message_type"]).toBe("ping");
    for (const name of nulls) expect(ping[name]).toBeNull();
    expect(deltas.length).toBeGreaterThan(3);
    expect(new Set(deltas.map(({ id, otid }) => `${String(id)} ${String(otid)}`)).size).toBe(1);
    expect(Object.keys(first)).toEqual([...Object.keys(ping), "content"]);
    expect(first["otid"]).toMatch(new RegExp(`^${String(first["id"]).slice("message-".length, -2)}[08]0$`));
    expect(deltas.map(({ content }) => content).join("")).toBe(
      `You said: hello there\n\n${remarkOn("hello there")}${note}`,
    );
    expect(frames.at(-3)).toBe('data: {"message_type":"stop_reason","stop_reason":"end_turn"}');
    expect(parse(frames.at(-2))).toMatchObject({
      message_type: "usage_statistics",
      step_count: 1,
      run_ids: null,
      cached_input_tokens: null,
    });
    expect(frames.at(-1)).toBe("data: [DONE]");
  });

  test("in step mode shows each part once and whole", async () => {
    const id = await stage.conversation();
    const turn = await listen(stage.client.conversations.messages.create(id, { messages: [said("demo think well")] }));
    expect(typesOf(turn)).toEqual([
      "ping",
      "reasoning_message",
      "assistant_message",
      "stop_reason",
      "usage_statistics",
    ]);
    const [, reasoning, answer] = turn.events;
    expect(reasoning?.["id"]).toBe(answer?.["id"]);
    expect(String(reasoning?.["otid"])).toMatch(/[08]0$/);
    expect(String(answer?.["otid"])).toMatch(/[08]1$/);
    expect(answerOf(turn)).toBe(`I have thought about it. well${note}`);
    expect(turn.events.at(-1)).toMatchObject({ cached_input_tokens: 0 });
  });

  test("without pings starts with the first message", async () => {
    const id = await stage.conversation();
    const turn = await listen(
      stage.client.conversations.messages.create(id, { messages: [said("hello")], include_pings: false }),
    );
    expect(typesOf(turn)).toEqual(["assistant_message", "stop_reason", "usage_statistics"]);
  });

  test("pings while the agent is silent, with the run's id", async () => {
    const slow = await stageOf({ pingMs: 1, wordMs: 40 });
    const turn = await listen(
      slow.client.conversations.messages.create("default", { agent_id: slow.agentId, messages: [said("demo slow 3")] }),
    );
    const pings = turn.events.filter(({ message_type }) => message_type === "ping");
    expect(pings.length).toBeGreaterThan(1);
    expect(new Set(pings.map(({ run_id }) => run_id)).size).toBe(1);
    slow.simulator.close();
  });

  test("with a server tool has the call, its return and an answer of a second step", async () => {
    const id = await stage.conversation();
    const create = (stream_tokens: boolean) =>
      listen(stage.client.conversations.messages.create(id, { messages: [said("demo tool now")], stream_tokens }));
    const steps = await create(false);
    expect(typesOf(steps).slice(0, 4)).toEqual([
      "ping",
      "tool_call_message",
      "tool_return_message",
      "assistant_message",
    ]);
    const [, call, returned, answer] = steps.events;
    expect(call?.["tool_calls"]).toEqual([call?.["tool_call"]]);
    expect(returned?.["step_id"]).toBe(call?.["step_id"]);
    expect(returned?.["name"]).toBe("get_time");
    expect(returned?.["id"]).not.toBe(call?.["id"]);
    expect(answer?.["step_id"]).not.toBe(call?.["step_id"]);
    expect(steps.events.at(-1)).toMatchObject({ step_count: 2 });

    const tokens = await create(true);
    const deltas = tokens.events.filter(({ message_type }) => message_type === "tool_call_message");
    expect(deltas[0]?.["tool_call"]).toEqual({ name: "get_time", tool_call_id: expect.any(String) });
    expect(deltas[1]?.["tool_call"]).toEqual({ arguments: "{}", tool_call_id: expect.any(String) });
    expect(deltas[1]?.["tool_calls"]).toEqual(deltas[1]?.["tool_call"]);
  });

  test("of silence has no message, and its user message is stored", async () => {
    const id = await stage.conversation();
    const turn = await listen(stage.client.conversations.messages.create(id, { messages: [said("demo silent")] }));
    expect(typesOf(turn)).toEqual(["ping", "stop_reason", "usage_statistics"]);
    expect(stopOf(turn)).toBe("end_turn");
    const stored = (await stage.client.conversations.messages.list(id, { order: "asc" })).items;
    expect(stored.map(({ message_type }) => message_type)).toEqual(["system_message", "user_message"]);
  });

  test("of a flood has exactly the characters asked for, with what followed the phrase at its end", async () => {
    const id = await stage.conversation();
    const create = (stream_tokens: boolean) =>
      listen(
        stage.client.conversations.messages.create(id, {
          messages: [said("demo flood 300000 token-f")],
          stream_tokens,
        }),
      );
    const tokens = answerOf(await create(true));
    expect(tokens.length).toBe(300_000);
    expect(tokens.endsWith(`token-f${note}`)).toBe(true);
    expect(answerOf(await create(false))).toBe(tokens);
  });
});

describe("a failure", () => {
  test("of the provider is a stop reason, an error event and [DONE], with HTTP 200", async () => {
    const body = { agent_id: stage.agentId, messages: [said("demo fail")] };
    const frames = await framesOf(stage, "/v1/conversations/default/messages", body);
    expect(frames.slice(1).map((frame) => frame.slice(0, 30))).toEqual([
      'data: {"message_type":"stop_re',
      'event: error\ndata: {"message_t',
      "data: [DONE]",
    ]);
    const turn = await listen(stage.client.conversations.messages.create("default", body));
    expect(stopOf(turn)).toBe("llm_api_error");
    expect(turn.error).toMatchObject({ status: undefined, body: { error_type: "llm_error", run_id: runOf(turn) } });
    const run = await stage.client.runs.retrieve(runOf(turn));
    expect(run).toMatchObject({ status: "failed", stop_reason: "llm_api_error" });
    expect((await stage.client.runs.messages.list(runOf(turn))).items).toEqual([]);
  });

  test("of the provider is HTTP 500 in a JSON answer", async () => {
    const asking = stage.client.agents.messages.create(stage.agentId, { messages: [said("demo fail")] });
    expect(await refusalOf(asking)).toMatchObject({
      status: 500,
      error: { error: { type: "llm_error" } },
    });
  });

  test("of empty content is 400 in JSON and an internal error in a stream", async () => {
    const asking = stage.client.agents.messages.create(stage.agentId, { messages: [said("")] });
    expect(await refusalOf(asking)).toMatchObject({ status: 400 });
    const turn = await listen(
      stage.client.agents.messages.create(stage.agentId, { messages: [said("")], streaming: true }),
    );
    expect(stopOf(turn)).toBe("error");
    expect(turn.error).toMatchObject({
      body: { error_type: "internal_error", detail: "Message content is empty or invalid" },
    });
  });
});

describe("the agents route", () => {
  test("answers JSON unless streaming is asked for", async () => {
    const answer = await stage.client.agents.messages.create(stage.agentId, { input: "hello json" });
    expect(answer.messages.map(({ message_type }) => message_type)).toEqual(["assistant_message"]);
    expect(answer).toMatchObject({ stop_reason: { stop_reason: "end_turn" }, logprobs: null, turns: null });
    const turn = await listen(
      stage.client.agents.messages.create(stage.agentId, {
        input: "hello stream",
        streaming: true,
        stream_tokens: true,
      }),
    );
    expect(answerOf(turn)).toContain("hello stream");
  });

  test("refuses streaming options without streaming, and streaming to what is no SDK", async () => {
    const create = stage.client.agents.messages.create(stage.agentId, { input: "x", stream_tokens: true });
    expect(await refusalOf(create)).toBeInstanceOf(UnprocessableEntityError);
    const curl = await stage.simulator.fetch(
      new Request(`http://simulator.test/v1/agents/${stage.agentId}/messages`, {
        method: "POST",
        headers: { "user-agent": "curl/8" },
        body: JSON.stringify({ input: "x", streaming: true }),
      }),
    );
    expect(curl.status).toBe(422);
  });

  test("does not lock: a turn runs beside another", async () => {
    const { stuck, stream } = await hanging();
    const beside = await stuck.client.agents.messages.create(stuck.agentId, { input: "beside" });
    expect(beside.stop_reason.stop_reason).toBe("end_turn");
    stream.controller.abort();
    stuck.simulator.close();
  });
});
