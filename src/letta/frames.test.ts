import { expect, test } from "bun:test";
import { errorFrame, framesOf } from "./frames.ts";
import { assistant, message, ping, stop, usage } from "./test-server.ts";

test("text is read from a string and from a list of parts", () => {
  expect(framesOf(assistant("o1", "hi"))).toEqual([{ type: "text", otid: "o1", text: "hi" }]);
  const parts = [
    { type: "text", text: "h" },
    { type: "image", source: {} },
    { type: "text", text: "i" },
  ];
  expect(framesOf(assistant("o1", parts))).toEqual([{ type: "text", otid: "o1", text: "hi" }]);
});

test("empty pieces are no frames", () => {
  expect(framesOf(assistant("o1", ""))).toEqual([]);
  expect(framesOf(message({ message_type: "reasoning_message", otid: "o1", reasoning: "" }))).toEqual([]);
});

test("without otids, text and reasoning of one message are still told apart", () => {
  expect(framesOf(message({ message_type: "assistant_message", content: "a" }))).toEqual([
    { type: "text", otid: "message-1", text: "a" },
  ]);
  expect(framesOf(message({ message_type: "reasoning_message", reasoning: "b" }))).toEqual([
    { type: "reasoning", otid: "message-1-reasoning", text: "b" },
  ]);
});

test("a tool call is read from an object in deltas, with nulls for what a delta lacks", () => {
  const first = { name: "ask", arguments: null, tool_call_id: "c1" };
  const next = { name: null, arguments: '{"q":', tool_call_id: "c1" };
  expect(framesOf(message({ message_type: "tool_call_message", tool_call: first, tool_calls: first }))).toEqual([
    { type: "tool_call", id: "c1", name: "ask", arguments: "" },
  ]);
  expect(framesOf(message({ message_type: "approval_request_message", tool_call: next, tool_calls: next }))).toEqual([
    { type: "approval_request", id: "c1", name: "", arguments: '{"q":' },
  ]);
  expect(framesOf(message({ message_type: "tool_call_message", tool_call: first, tool_calls: null }))).toHaveLength(1);
});

test("whole parallel tool calls are read from the array", () => {
  const calls = ["c1", "c2"].map((id) => ({ name: "find", arguments: "{}", tool_call_id: id }));
  const whole = message({ message_type: "tool_call_message", tool_call: calls[0], tool_calls: calls });
  expect(framesOf(whole)).toEqual([
    { type: "tool_call", id: "c1", name: "find", arguments: "{}" },
    { type: "tool_call", id: "c2", name: "find", arguments: "{}" },
  ]);
});

test("parallel tool returns are read from the list, a single one from the top", () => {
  const top = {
    message_type: "tool_return_message",
    name: "find",
    tool_return: "one",
    status: "success",
    tool_call_id: "c1",
  };
  expect(framesOf(message(top))).toEqual([{ type: "tool_return", id: "c1", name: "find", ok: true, text: "one" }]);
  const returns = [
    { tool_return: "one", status: "success", tool_call_id: "c1" },
    { tool_return: [{ type: "text", text: "two" }], status: "error", tool_call_id: "c2" },
    { tool_return: { three: 3 }, status: "success", tool_call_id: "c3" },
  ];
  expect(framesOf(message({ ...top, tool_returns: returns }))).toEqual([
    { type: "tool_return", id: "c1", name: "find", ok: true, text: "one" },
    { type: "tool_return", id: "c2", name: "find", ok: false, text: "two" },
    { type: "tool_return", id: "c3", name: "find", ok: true, text: '{"three":3}' },
  ]);
});

test("histories name user messages by otid and answered approvals by tool call", () => {
  expect(framesOf(message({ message_type: "user_message", otid: "u1", content: "secret" }))).toEqual([
    { type: "user", otid: "u1" },
  ]);
  const approvals = [
    { type: "approval", tool_call_id: "c1", approve: false },
    { type: "tool", tool_call_id: "c2" },
  ];
  expect(framesOf(message({ message_type: "approval_response_message", approvals }))).toEqual([
    { type: "approval_response", ids: ["c1", "c2"] },
  ]);
});

test("the end of a turn and its costs", () => {
  expect(framesOf(stop("end_turn"))).toEqual([{ type: "stop", reason: "end_turn" }]);
  expect(framesOf(usage)).toEqual([{ type: "usage", promptTokens: 100, completionTokens: 7, steps: 1 }]);
});

test("the sequence of background mode is kept", () => {
  expect(framesOf({ ...ping, seq_id: 1 })).toEqual([{ seq: 1, type: "ping" }]);
});

test("what is hidden, unknown or malformed is no frame", () => {
  for (const type of ["hidden_reasoning_message", "summary_message", "event_message", "system_message", "new_message"])
    expect(framesOf(message({ message_type: type, content: "x", summary: "x", otid: "o" }))).toEqual([]);
  for (const odd of [null, 1, "text", [], {}, { message_type: 5 }]) expect(framesOf(odd)).toEqual([]);
  expect(framesOf(message({ message_type: "tool_call_message", tool_call: null, tool_calls: null }))).toEqual([]);
});

test("an error names its type and run, in both shapes of the server, and never grows long", () => {
  expect(errorFrame({ error_type: "llm_timeout", message: "slow", detail: "inner", run_id: "run-a" })).toEqual({
    type: "error",
    errorType: "llm_timeout",
    message: "slow",
    runId: "run-a",
  });
  expect(errorFrame({ error: "boom", code: "INTERNAL_SERVER_ERROR" })).toEqual({
    type: "error",
    errorType: "internal_error",
    message: "boom",
    runId: null,
  });
  expect(errorFrame("not json").errorType).toBe("internal_error");
  expect(errorFrame({ message: "x".repeat(10_000) }).message.length).toBe(500);
});
