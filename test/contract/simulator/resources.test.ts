import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { AuthenticationError, NotFoundError, UnprocessableEntityError } from "@letta-ai/letta-client";
import { answerOf, getJson, listen, refusalOf, runOf, said, sdkOn, type Stage, stageOf } from "./client.ts";

/** Agents, conversations, listings, ids and errors, the password, and what a checker may read. */

let stage: Stage;
beforeAll(async () => {
  stage = await stageOf();
});
afterAll(() => stage.simulator.close());

const missingAgent = "agent-00000000-0000-4000-8000-00000000abcd";
const missingConversation = "conv-00000000-0000-4000-8000-00000000abcd";

describe("ids and errors", () => {
  test("what is not there is 404", async () => {
    const { client } = stage;
    expect(await refusalOf(client.agents.retrieve(missingAgent))).toMatchObject({
      status: 404,
      error: { detail: `Agent with ID ${missingAgent} not found` },
    });
    for (const asking of [
      client.conversations.retrieve(missingConversation),
      client.conversations.messages.create(missingConversation, { input: "x" }),
      client.conversations.messages.create("default", { input: "x" }),
      client.conversations.messages.create("default", { agent_id: missingAgent, input: "x" }),
      client.agents.messages.create(missingAgent, { input: "x" }),
      client.agents.messages.list(missingAgent),
      client.runs.retrieve("run-00000000-0000-4000-8000-00000000abcd"),
      client.conversations.cancel("default"),
    ]) {
      expect(await refusalOf(asking)).toBeInstanceOf(NotFoundError);
    }
    const unknown = await stage.simulator.fetch(new Request("http://simulator.test/v1/templates/"));
    expect([unknown.status, await unknown.json()]).toEqual([404, { detail: "Not Found" }]);
  });

  test("what is no id is 422, or 400 for a run", async () => {
    const { client } = stage;
    for (const asking of [
      client.agents.retrieve("agent-x"),
      client.agents.delete("nonsense"),
      client.conversations.retrieve("default"),
      client.conversations.retrieve(stage.agentId),
      client.conversations.messages.create("conv-x", { input: "x" }),
    ]) {
      expect(await refusalOf(asking)).toBeInstanceOf(UnprocessableEntityError);
    }
    expect(await refusalOf(client.runs.retrieve("run-x"))).toMatchObject({ status: 400 });
  });

  test("a body must have either input or messages, and messages", async () => {
    for (const body of [
      {},
      { input: "x", messages: [said("y")] },
      { messages: [] },
      { messages: [{ role: "nobody", content: "x" }] },
    ]) {
      const posting = stage.client.post("/v1/conversations/default/messages", {
        body: { agent_id: stage.agentId, ...body },
      });
      expect(await refusalOf(posting)).toBeInstanceOf(UnprocessableEntityError);
    }
  });
});

describe("agents", () => {
  test("are made, found by name, tags and text, renamed, paged and removed", async () => {
    const { client } = stage;
    const made = await client.agents.create({
      name: "Ada's agent",
      model: "openai-proxy/gpt-4o-mini",
      tags: ["lettabox", "x"],
      metadata: { k: 1 },
    });
    const other = await client.agents.create({ name: "Other" });
    expect(made).toMatchObject({
      name: "Ada's agent",
      model: "openai-proxy/gpt-4o-mini",
      tags: ["lettabox", "x"],
      metadata: { k: 1 },
    });
    expect((await client.agents.retrieve(made.id)).tags).toEqual([]);
    expect((await client.agents.retrieve(made.id, { include: ["agent.tags"] })).tags).toEqual(["lettabox", "x"]);
    expect((await client.agents.list({ name: "Ada's agent" })).items.map(({ id }) => id)).toEqual([made.id]);
    expect((await client.agents.list({ tags: ["x"] })).items.map(({ id }) => id)).toEqual([made.id]);
    expect((await client.agents.list({ query_text: "OTHE" })).items.map(({ id }) => id)).toEqual([other.id]);
    expect((await client.agents.update(other.id, { name: "Renamed" })).name).toBe("Renamed");
    const all: string[] = [];
    for await (const agent of client.agents.list({ limit: 2 })) all.push(agent.name);
    expect(all).toEqual(["Renamed", "Ada's agent", "Demo"]);
    expect(await client.agents.delete(made.id)).toEqual({ message: `Agent id=${made.id} successfully deleted` });
    await client.agents.delete(other.id);
    expect(await refusalOf(client.agents.retrieve(made.id))).toBeInstanceOf(NotFoundError);
  });

  test("remember a name, each its own", async () => {
    const ask = async (agentId: string, text: string): Promise<string> =>
      answerOf(
        await listen(
          stage.client.conversations.messages.create("default", { agent_id: agentId, messages: [said(text)] }),
        ),
      );
    const { id } = await stage.client.agents.create({ name: "Another" });
    expect(await ask(stage.agentId, "my name is Zoë, hello")).toContain("Nice to meet you, Zoë.");
    expect(await ask(stage.agentId, "What is my name?")).toContain("Your name is Zoë.");
    expect(await ask(id, "what's my name?")).toContain("You have not told me");
  });
});

describe("conversations", () => {
  test("are made, listed, changed and removed", async () => {
    const { client } = stage;
    const { id: agentId } = await client.agents.create({ name: "With conversations" });
    const first = await client.conversations.create({ agent_id: agentId, summary: "one" });
    const second = await client.conversations.create({ agent_id: agentId });
    expect(first).toMatchObject({
      agent_id: agentId,
      summary: "one",
      in_context_message_ids: [],
      last_message_at: null,
    });
    expect((await client.conversations.retrieve(first.id)).in_context_message_ids).toHaveLength(1);
    expect((await client.conversations.list({ agent_id: agentId })).map(({ id }) => id)).toEqual([second.id, first.id]);
    expect((await client.conversations.list({ agent_id: agentId, after: second.id })).map(({ id }) => id)).toEqual([
      first.id,
    ]);
    expect((await client.conversations.update(first.id, { summary: "uno" })).summary).toBe("uno");
    await client.conversations.delete(second.id);
    expect((await client.conversations.list({ agent_id: agentId })).map(({ id }) => id)).toEqual([first.id]);
    const sending = client.conversations.messages.create(second.id, { input: "x" });
    expect(await refusalOf(sending)).toBeInstanceOf(NotFoundError);
  });

  test("an agent's id in the place of a conversation's is its default conversation", async () => {
    const turn = await listen(
      stage.client.conversations.messages.create(stage.agentId, { messages: [said("by agent id")] }),
    );
    expect((await stage.client.runs.retrieve(runOf(turn))).conversation_id).toBeNull();
    const newest = await stage.client.agents.messages.list(stage.agentId, { limit: 2, conversation_id: "default" });
    expect(newest.items.map(({ message_type }) => message_type)).toEqual(["user_message", "assistant_message"]);
  });
});

describe("listings of messages", () => {
  test("newest first is oldest first on the agents route, and newest first on the conversations route", async () => {
    const { client } = stage;
    const { id: agentId } = await client.agents.create({ name: "With history" });
    const { id } = await client.conversations.create({ agent_id: agentId });
    for (const text of ["a", "b"]) await listen(client.conversations.messages.create(id, { messages: [said(text)] }));
    const ofAgent = (await client.agents.messages.list(agentId, { limit: 2 })).items;
    const ofConversation = (await client.conversations.messages.list(id, { limit: 2 })).items;
    expect(ofAgent.map(({ message_type }) => message_type)).toEqual(["user_message", "assistant_message"]);
    expect(ofConversation.map(({ message_type }) => message_type)).toEqual(["assistant_message", "user_message"]);

    const every: string[] = [];
    for await (const message of client.conversations.messages.list(id, { order: "asc", limit: 2 })) {
      every.push(message.message_type ?? "");
    }
    expect(every).toEqual(["system_message", "user_message", "assistant_message", "user_message", "assistant_message"]);
    const bad = client.agents.messages.list(agentId, { after: "message-00000000-0000-4000-8000-00000000abcd" });
    expect(await refusalOf(bad)).toBeInstanceOf(NotFoundError);
  });
});

describe("with a password", () => {
  test("everything but health needs it", async () => {
    const locked = await stageOf({ password: "open sesame" });
    const stranger = sdkOn(locked.simulator, "wrong");
    expect(locked.agentId).toStartWith("agent-");
    expect(await stranger.health()).toEqual({ version: "0.16.7", status: "ok" });
    const refusal = await refusalOf(stranger.agents.list());
    expect(refusal).toBeInstanceOf(AuthenticationError);
    expect(refusal).toMatchObject({ error: { detail: "Unauthorized" } });
    const demo = await locked.simulator.fetch(new Request("http://simulator.test/demo/requests"));
    expect(demo.status).toBe(401);
    locked.simulator.close();
  });
});

describe("a checker", () => {
  test("reads every post that arrived, refused ones too, and everything that was said", async () => {
    const fresh = await stageOf();
    const { client, agentId } = fresh;
    const otid = crypto.randomUUID();
    const parts = [
      { type: "text" as const, text: '<lettabox sender="demo slow 3"/>' },
      { type: "text" as const, text: "hello token-9" },
    ];
    await listen(
      client.conversations.messages.create("default", {
        agent_id: agentId,
        messages: [{ role: "user", content: parts, otid }],
      }),
    );
    await listen(client.conversations.messages.create(missingConversation, { input: "lost" }));
    type Entry = {
      n: number;
      run_id: string | null;
      otids: string[];
      texts: string[];
      conversation_id: string;
      agent_id: string;
    };
    const [first, second, ...none] = await getJson<Entry[]>(fresh, "/demo/requests");
    expect(none).toEqual([]);
    expect(first).toMatchObject({
      n: 1,
      agent_id: agentId,
      conversation_id: "default",
      otids: [otid],
      texts: parts.map(({ text }) => text),
    });
    expect(second).toMatchObject({ n: 2, run_id: null, conversation_id: missingConversation, texts: ["lost"] });
    expect(await getJson<Entry[]>(fresh, "/demo/requests?after=1&limit=5")).toEqual([second as Entry]);
    type Spoken = { role: string; otid: string; text: string; run_id: string };
    const history = await getJson<Spoken[]>(fresh, `/demo/history?agent_id=${agentId}&conversation_id=default`);
    expect(history).toMatchObject([
      { role: "user", otid, run_id: first?.run_id, text: parts.map(({ text }) => text).join("\n") },
      { role: "assistant", run_id: first?.run_id, text: expect.stringMatching(/^You said: hello token-9\n\n/) },
    ]);
    expect(
      await getJson<Spoken[]>(fresh, `/demo/history?agent_id=${agentId}&conversation_id=${missingConversation}`),
    ).toEqual([]);
    fresh.simulator.close();
  });
});
