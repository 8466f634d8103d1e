import { describe, expect, test } from "bun:test";
import {
  agentState,
  at,
  collect,
  fail,
  hello,
  inConversation,
  json,
  never,
  queryOf,
  sendTo,
  startServer,
} from "./test-server.ts";

const send = (url: string) => collect(at(url).send(inConversation, [hello()], { background: false, abort: never }));

describe("conversations", () => {
  test("a new one is made for an agent", async () => {
    await using server = await startServer({ "POST /v1/conversations/": json({ id: "conv-1", agent_id: "agent-1" }) });
    expect(await at(server.url).createConversation("agent-1", never)).toBe("conv-1");
    expect(queryOf(server.requests[0]).get("agent_id")).toBe("agent-1");
  });

  test("for an agent that is gone there is none", async () => {
    await using server = await startServer({ "POST /v1/conversations/": json({ detail: "Agent not found" }, 404) });
    expect(await fail(() => at(server.url).createConversation("agent-1", never))).toMatchObject({
      code: "letta_agent_missing",
    });
  });
});

describe("a post to what does not exist", () => {
  const gone = json({ detail: "canary: actor repr" }, 404);
  const post = "POST /v1/conversations/conv-1/messages";

  test("says whether it is the agent or the conversation, and repeats nothing", async () => {
    await using noAgent = await startServer({ [post]: gone, "GET /v1/agents/agent-1": gone });
    expect((await send(noAgent.url)).error).toMatchObject({ code: "letta_agent_missing" });
    await using noConversation = await startServer({
      [post]: gone,
      "GET /v1/agents/agent-1": json(agentState("agent-1")),
      "GET /v1/conversations/conv-1": gone,
    });
    const { error } = await send(noConversation.url);
    expect(error).toMatchObject({ code: "letta_conversation_missing" });
    expect(Bun.inspect(error)).not.toContain("canary");
  });

  test("a model that is gone is neither", async () => {
    await using server = await startServer({
      [post]: gone,
      "GET /v1/agents/agent-1": json(agentState("agent-1")),
      "GET /v1/conversations/conv-1": json({ id: "conv-1" }),
    });
    expect((await send(server.url)).error).toMatchObject({ code: "letta_refused" });
  });

  test("a web site that is no Letta server has no opinion on agents", async () => {
    await using server = await startServer({});
    expect((await sendTo(server.url)).error).toMatchObject({ code: "letta_refused" });
  });
});
