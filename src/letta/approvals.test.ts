import { describe, expect, test } from "bun:test";
import {
  agentState,
  at,
  fail,
  inConversation,
  inDefault,
  json,
  message,
  never,
  queryOf,
  startServer,
} from "./test-server.ts";

const request = (date: string, ...ids: readonly string[]) =>
  message({
    message_type: "approval_request_message",
    date,
    tool_calls: ids.map((id) => ({ name: "delete", arguments: "{}", tool_call_id: id })),
  });

describe("open approvals", () => {
  test("of the default conversation are named by the agent", async () => {
    const pending = request("2026-11-22T03:00:00Z", "c1", "c2");
    await using server = await startServer({
      "GET /v1/agents/agent-1": json({ ...agentState("agent-1"), pending_approval: pending }),
    });
    expect(await at(server.url).openApprovals(inDefault, never)).toEqual(["c1", "c2"]);
    expect(queryOf(server.requests[0]).get("include")).toBe("agent.pending_approval");
    await using idle = await startServer({
      "GET /v1/agents/agent-1": json({ ...agentState("agent-1"), pending_approval: null }),
    });
    expect(await at(idle.url).openApprovals(inDefault, never)).toEqual([]);
  });

  const inOrder = [
    request("2026-11-22T03:00:01Z", "old"),
    request("2026-11-22T03:00:02Z", "c1", "c2"),
    message({
      message_type: "approval_response_message",
      date: "2026-11-22T03:00:03Z",
      approvals: [{ tool_call_id: "c1" }],
    }),
  ];

  test.each([
    ["newest first", inOrder.toReversed()],
    ["oldest first", inOrder],
  ])("of another conversation are what its newest request still waits for (%s)", async (_, messages) => {
    await using server = await startServer({ "GET /v1/conversations/conv-1/messages": json(messages) });
    expect(await at(server.url).openApprovals(inConversation, never)).toEqual(["c2"]);
  });

  test("a call that ran waits for nothing", async () => {
    const ran = message({
      message_type: "tool_return_message",
      tool_return: "ok",
      status: "success",
      tool_call_id: "c1",
    });
    const messages = [request("2026-11-22T03:00:01Z", "c1"), ran];
    await using server = await startServer({ "GET /v1/conversations/conv-1/messages": json(messages) });
    expect(await at(server.url).openApprovals(inConversation, never)).toEqual([]);
  });

  test("of a conversation that is gone cannot be known", async () => {
    await using server = await startServer({ "GET /v1/conversations/conv-1/messages": json({ detail: "x" }, 404) });
    expect(await fail(() => at(server.url).openApprovals(inConversation, never))).toMatchObject({
      code: "letta_conversation_missing",
    });
  });
});
