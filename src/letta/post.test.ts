import { describe, expect, test } from "bun:test";
import { createReducer } from "./reduce.ts";
import {
  assistant,
  collect,
  done,
  errorEvent,
  event,
  hello,
  inConversation,
  inDefault,
  message,
  never,
  ping,
  sendTo,
  startServer,
  stop,
  stream,
  usage,
} from "./test-server.ts";
import type { ApprovalMessage } from "./upstream.ts";
import { createV1Upstream } from "./v1.ts";

const toDefault = "POST /v1/conversations/default/messages";
const answer = (...pieces: readonly unknown[]) => startServer({ [toDefault]: () => stream(...pieces) });

const calling = (delta: object) =>
  message({ message_type: "tool_call_message", otid: "o2", tool_call: delta, tool_calls: delta });

const reduce = async (...pieces: readonly unknown[]) => {
  await using server = await answer(ping, ...pieces, stop("end_turn"), usage, done);
  const reducer = createReducer();
  const { frames } = await sendTo(server.url);
  return [...frames.flatMap((frame) => reducer.push(frame).completed), ...reducer.end()];
};

const failure = (type: string, text = "It failed.") =>
  errorEvent({
    message_type: "error_message",
    run_id: "run-a",
    error_type: type,
    message: text,
    detail: "inner",
    seq_id: null,
  });

const resume = (url: string) => collect(createV1Upstream({ baseUrl: url }).resume("run-a", 3, never));

describe("what is posted", () => {
  test("a message goes to the agent's default conversation, in token mode, with its own otid", async () => {
    await using server = await answer(ping, stop("end_turn"), usage, done);
    const upstream = createV1Upstream({ baseUrl: server.url, apiKey: "key-1" });
    const sent = hello();
    await collect(upstream.send(inDefault, [sent], { background: false, abort: never }));
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.body).toEqual({
      agent_id: "agent-1",
      messages: [{ type: "message", role: "user", content: [{ type: "text", text: "hello" }], otid: sent.otid }],
      streaming: true,
      stream_tokens: true,
      include_pings: true,
      background: false,
      include_compaction_messages: true,
    });
    expect(server.requests[0]?.headers.get("authorization")).toBe("Bearer key-1");
  });

  test("a conversation of its own needs no agent, and background is asked for when wanted", async () => {
    await using server = await startServer({
      "POST /v1/conversations/conv-1/messages": () => stream(stop("end_turn"), done),
    });
    const upstream = createV1Upstream({ baseUrl: server.url });
    await collect(upstream.send(inConversation, [hello()], { background: true, abort: never }));
    expect(server.requests[0]?.body).toMatchObject({ background: true });
    expect(server.requests[0]?.body).not.toHaveProperty("agent_id");
    expect(server.requests[0]?.headers.has("authorization")).toBe(false);
  });

  test("all answers to waiting calls go out in one message", async () => {
    await using server = await answer(stop("end_turn"), done);
    const approval: ApprovalMessage = {
      type: "approval",
      approvals: [
        { type: "approval", tool_call_id: "c1", approve: false, reason: "no" },
        { type: "approval", tool_call_id: "c2", approve: true },
      ],
      otid: crypto.randomUUID(),
    };
    const upstream = createV1Upstream({ baseUrl: server.url });
    await collect(upstream.send(inDefault, [approval], { background: false, abort: never }));
    expect(server.requests[0]?.body).toMatchObject({ messages: [approval] });
  });
});

describe("what is streamed", () => {
  test("tokens come as they are said, after the run they belong to", async () => {
    await using server = await answer(
      ping,
      assistant("o1", "Echo: "),
      assistant("o1", "hello "),
      stop("end_turn"),
      usage,
      done,
    );
    expect(await sendTo(server.url)).toEqual({
      frames: [
        { type: "run", runId: "run-a" },
        { type: "ping" },
        { type: "text", otid: "o1", text: "Echo: " },
        { type: "text", otid: "o1", text: "hello " },
        { type: "stop", reason: "end_turn" },
        { type: "usage", promptTokens: 100, completionTokens: 7, steps: 1 },
      ],
      error: undefined,
    });
  });

  test("the run is known without a ping, too", async () => {
    await using server = await answer(assistant("o1", "hi"), stop("end_turn"), done);
    const { frames } = await sendTo(server.url);
    expect(frames[0]).toEqual({ type: "run", runId: "run-a" });
  });

  test("tokens and whole steps reduce to the same parts", async () => {
    const tool = { name: "find", arguments: '{"q":"x"}', tool_call_id: "c1" };
    const returned = message({
      message_type: "tool_return_message",
      name: "find",
      tool_return: "ok",
      status: "success",
      tool_call_id: "c1",
      otid: "o3",
    });
    const tokens = await reduce(
      assistant("o1", "Let "),
      assistant("o1", "me see."),
      calling({ name: "find", tool_call_id: "c1" }),
      calling({ arguments: '{"q":', tool_call_id: "c1" }),
      calling({ arguments: '"x"}', tool_call_id: "c1" }),
      returned,
      assistant("o4", "Found."),
    );
    const steps = await reduce(
      assistant("o1", [{ type: "text", text: "Let me see." }]),
      message({ message_type: "tool_call_message", otid: "o2", tool_call: tool, tool_calls: [tool] }),
      returned,
      assistant("o4", "Found."),
    );
    expect(tokens.map((part) => part.kind)).toEqual(["assistant", "tool_call", "tool_result", "assistant"]);
    expect(steps).toEqual(tokens);
  });

  test("the summary of a compaction is never shown as something said", async () => {
    const summary = message({ message_type: "user_message", otid: "u1", content: '{"type":"system_alert"}' });
    const compaction = message({ message_type: "event_message", event_type: "compaction" });
    await using server = await answer(ping, summary, compaction, assistant("o1", "hi"), stop("end_turn"), done);
    const { frames } = await sendTo(server.url);
    expect(frames.map((frame) => frame.type)).toEqual(["run", "ping", "text", "stop"]);
  });

  test("comments, unknown events and unknown messages are skipped", async () => {
    const odd = message({ message_type: "holographic_message", content: "x" });
    await using server = await answer(": hello\n\n", ping, "event: cancelled\ndata: {}\n\n", odd, stop("cancelled"));
    const { frames, error } = await sendTo(server.url);
    expect(frames.map((frame) => frame.type)).toEqual(["run", "ping", "stop"]);
    expect(error).toBeUndefined();
  });

  test("a stop reason that comes twice is passed on twice", async () => {
    await using server = await answer(
      ping,
      stop("end_turn"),
      stop("error"),
      errorEvent({ error_type: "internal_error" }),
    );
    const { frames } = await sendTo(server.url);
    expect(frames.map((frame) => frame.type)).toEqual(["run", "ping", "stop", "stop", "error"]);
  });

  test("events with carriage returns are understood", async () => {
    await using server = await answer(
      event(assistant("o1", "hi")).replaceAll("\n", "\r\n"),
      `${event(stop("end_turn"))}`,
    );
    const { frames } = await sendTo(server.url);
    expect(frames.map((frame) => frame.type)).toEqual(["run", "text", "stop"]);
  });
});

describe("failures in the stream", () => {
  test("a failure before the first word is a frame, not a throw", async () => {
    await using server = await answer(ping, stop("llm_api_error"), failure("llm_rate_limit"), done);
    const { frames, error } = await sendTo(server.url);
    expect(error).toBeUndefined();
    expect(frames.slice(2)).toEqual([
      { type: "stop", reason: "llm_api_error" },
      { type: "error", errorType: "llm_rate_limit", message: "It failed.", runId: "run-a" },
    ]);
  });

  test("a failure in the middle, after which the server says no more", async () => {
    await using server = await answer(ping, assistant("o1", "half"), stop("error"), failure("internal_error"));
    const { frames, error } = await sendTo(server.url);
    expect(error).toBeUndefined();
    expect(frames.map((frame) => frame.type)).toEqual(["run", "ping", "text", "stop", "error"]);
  });

  test("an error without a stop reason ends the stream, and names the run even if the server does not", async () => {
    await using server = await answer(ping, errorEvent({ error: "boom", code: "INTERNAL_SERVER_ERROR" }));
    const { frames, error } = await sendTo(server.url);
    expect(error).toBeUndefined();
    expect(frames.at(-1)).toEqual({ type: "error", errorType: "internal_error", message: "boom", runId: "run-a" });
  });

  test("a stop with an error and nothing after it is passed on", async () => {
    await using server = await answer(ping, stop("error"), done);
    const { frames, error } = await sendTo(server.url);
    expect(error).toBeUndefined();
    expect(frames.at(-1)).toEqual({ type: "stop", reason: "error" });
  });

  const waiting = "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call.";

  test("a refusal to begin because a tool call waits is thrown, without the look of a failure", async () => {
    await using server = await answer(ping, stop("error"), failure("internal_error", waiting), done);
    const { frames, error } = await sendTo(server.url);
    expect(frames.map((frame) => frame.type)).toEqual(["run", "ping"]);
    expect(error).toMatchObject({ code: "letta_awaiting_approval", verdict: "retry", runId: "run-a" });
  });

  test("the same words after something was said are a failure like any other", async () => {
    await using server = await answer(
      ping,
      assistant("o1", "hi"),
      stop("error"),
      failure("internal_error", waiting),
      done,
    );
    const { frames, error } = await sendTo(server.url);
    expect(error).toBeUndefined();
    expect(frames.at(-1)?.type).toBe("error");
  });
});

describe("resuming", () => {
  const route = "POST /v1/runs/run-a/stream";

  test("goes on after the sequence that was seen last", async () => {
    await using server = await startServer({
      [route]: () => stream({ ...assistant("o1", "on"), seq_id: 4 }, stop("end_turn"), usage, done),
    });
    const { frames } = await resume(server.url);
    expect(server.requests[0]?.body).toEqual({ starting_after: 3, include_pings: true });
    expect(frames.map((frame) => frame.type)).toEqual(["run", "text", "stop", "usage"]);
    expect(frames[1]?.seq).toBe(4);
  });

  test("is refused for what cannot be resumed", async () => {
    for (const [status, detail] of [
      [400, "Run was not created in background mode, so it cannot be retrieved."],
      [404, "Run not found"],
      [410, "EXPIRED: Run was created more than 3 hours ago, and is now expired."],
      [503, "Background streaming requires Redis to be running."],
    ] as const) {
      await using server = await startServer({ [route]: () => Response.json({ detail }, { status }) });
      expect((await resume(server.url)).error).toMatchObject({ code: "letta_refused" });
    }
  });

  test("that breaks off again is a cut like any other", async () => {
    await using server = await startServer({ [route]: () => stream({ ...assistant("o1", "on"), seq_id: 4 }) });
    expect((await resume(server.url)).error).toMatchObject({ code: "letta_cut", runId: "run-a" });
  });
});
