import { describe, expect, test } from "bun:test";
import { at, fail, inConversation, inDefault, json, never, startServer } from "./test-server.ts";

const inAgent = "POST /v1/agents/agent-1/summarize";
const inOther = "POST /v1/conversations/conv-1/compact";

describe("compacting", () => {
  test("the default conversation goes by its agent, others by their id; without settings of ours", async () => {
    const done = json({ summary: "canary", num_messages_before: 7, num_messages_after: 2 });
    await using server = await startServer({ [inAgent]: done, [inOther]: done });
    for (const target of [inDefault, inConversation]) {
      expect(await at(server.url).compact(target, never)).toEqual({ before: 7, after: 2 });
    }
    expect(server.requests.map(({ body }) => body)).toEqual([{}, {}]);
  });

  test("of too little is null", async () => {
    await using server = await startServer({ [inOther]: json({ detail: "1 validation error for Message" }, 400) });
    expect(await at(server.url).compact(inConversation, never)).toBeNull();
  });

  test("of what is gone says what is gone", async () => {
    const gone = json({ detail: "canary not found" }, 404);
    await using server = await startServer({ [inAgent]: gone, [inOther]: gone });
    const compact = (target: typeof inDefault) => fail(() => at(server.url).compact(target, never));
    expect(await compact(inDefault)).toMatchObject({ code: "letta_agent_missing" });
    expect(await compact(inConversation)).toMatchObject({ code: "letta_conversation_missing" });
  });

  test("that breaks in the middle may have happened", async () => {
    await using server = await startServer({ [inOther]: json({ detail: "canary" }, 500) });
    const fault = await fail(() => at(server.url).compact(inConversation, never));
    expect(fault).toMatchObject({ code: "letta_cut", verdict: "uncertain" });
    expect(Bun.inspect(fault)).not.toContain("canary");
  });

  test("that a busy server refuses did not happen", async () => {
    await using server = await startServer({ [inOther]: json({ detail: "busy", run_id: "run-1" }, 409) });
    expect(await fail(() => at(server.url).compact(inConversation, never))).toMatchObject({ code: "letta_busy" });
  });

  test("an answer without numbers is none of a Letta server", async () => {
    await using server = await startServer({ [inOther]: json({ ok: true }) });
    expect(await fail(() => at(server.url).compact(inConversation, never))).toMatchObject({ code: "letta_refused" });
  });
});
