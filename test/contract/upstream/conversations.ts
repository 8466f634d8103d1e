/** Conversations of an agent beside its default one. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { listed, listedTypes } from "./history-rows.ts";
import { type Json, unique } from "./stage.ts";
import { take, textOf, user } from "./turn.ts";

const missing = "conv-00000000-0000-4000-8000-00000000abcd";

export const conversations: readonly Case[] = [
  anyServer("a new conversation holds its prompt already, though its creation does not say so", async (stage) => {
    const agent = await stage.agent();
    const made = await stage.sdk.conversations.create({ agent_id: agent, summary: "one" });
    expect(made).toMatchObject({ agent_id: agent, summary: "one", in_context_message_ids: [], last_message_at: null });
    expect(made.id).toMatch(/^conv-/);
    expect((await stage.sdk.conversations.retrieve(made.id)).in_context_message_ids).toHaveLength(1);
    expect(await listedTypes(stage, agent, made.id)).toEqual(["system_message"]);
  }),

  anyServer(
    "`default` with an agent, or the agent's id in its place, is the agent's default conversation",
    async (stage) => {
      const agent = await stage.agent();
      expect(textOf(await take(stage, { agent, text: "a" }))).toBe("Echo: a");
      expect(textOf(await take(stage, { agent, conversation: agent, text: "b" }))).toBe("Echo: b");
      await stage.call("POST", `/v1/agents/${agent}/messages`, { input: "c" });
      expect((await listed(stage, agent)).filter(({ message_type }) => message_type === "user_message")).toHaveLength(
        3,
      );
    },
  ),

  anyServer("a bare `default` is 404 to a post, and no conversation of its own", async (stage) => {
    const bare = await stage.call("POST", "/v1/conversations/default/messages", { messages: [user("x")] });
    expect(bare.status).toBe(404);
    expect((await stage.call("GET", "/v1/conversations/default")).status).toBe(422);
  }),

  anyServer("conversations do not know each other's messages", async (stage) => {
    const agent = await stage.agent();
    const [one, two] = [await stage.conversation(agent), await stage.conversation(agent)];
    const word = unique("secret");
    await take(stage, { agent, conversation: one, text: word });
    const next = unique("next");
    await take(stage, { agent, conversation: two, text: next });
    expect(JSON.stringify(await stage.asked(next))).not.toContain(word);
    expect(await listedTypes(stage, agent)).toEqual(["system_message"]);
  }),

  anyServer("are listed by agent, without the default one, and found by their summary", async (stage) => {
    const agent = await stage.agent();
    const one = await stage.sdk.conversations.create({ agent_id: agent, summary: "tea time" });
    const two = await stage.sdk.conversations.create({ agent_id: agent });
    const ids = async (query: object) =>
      (await stage.sdk.conversations.list({ agent_id: agent, ...query })).map(({ id }) => id).toSorted();
    expect(await ids({})).toEqual([one.id, two.id].toSorted());
    expect(await ids({ summary_search: "tea" })).toEqual([one.id]);
    expect(await ids({ limit: 1 })).toHaveLength(1);
  }),

  anyServer("are changed, and removed with their messages: posts to them are 404 afterwards", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    await take(stage, { agent, conversation, text: "kept" });
    const path = `/v1/conversations/${conversation}`;
    expect((await stage.call("PATCH", path, { summary: "changed" })).body).toMatchObject({ summary: "changed" });
    expect(await stage.call("DELETE", path)).toEqual({ status: 200, body: null });
    expect((await stage.call("GET", path)).status).toBe(404);
    expect((await stage.call("DELETE", path)).status).toBe(404);
    expect((await stage.call("POST", `${path}/messages`, { input: "x" })).status).toBe(404);
    const all = (await stage.call("GET", `/v1/agents/${agent}/messages?order=asc`)).body;
    expect(JSON.stringify(all)).not.toContain("kept");
  }),

  anyServer("a fork begins with the same messages under a fresh prompt, and goes its own way", async (stage) => {
    const agent = await stage.agent();
    for (const conversation of ["default", await stage.conversation(agent)]) {
      const word = unique("first");
      await take(stage, { agent, conversation, text: word });
      const before = await listed(stage, agent, conversation);
      const answer = await stage.call("POST", `/v1/conversations/${conversation}/fork?agent_id=${agent}`);
      expect(answer.status).toBe(200);
      const { id: fork } = answer.body as { id: string };
      const after = await listed(stage, agent, fork);
      expect(after.slice(1)).toEqual(before.slice(1));
      expect(after[0]?.["id"]).not.toBe(before[0]?.["id"]);
      for (const one of [fork, conversation]) {
        const next = unique("second");
        await take(stage, { agent, conversation: one, text: next });
        const [asked] = await stage.asked(next);
        expect(asked?.messages.map(({ content }) => content)).toEqual([word, `Echo: ${word}`, next]);
      }
      const shown = (await stage.call("GET", `/v1/agents/${agent}/messages?order=asc`)).body as { content: unknown }[];
      expect(shown.filter(({ content }) => content === word)).toHaveLength(1);
    }
  }),

  anyServer(
    "a fork of the default conversation takes its messages out of the listing of `default`, not out of its context",
    async (stage) => {
      const agent = await stage.agent();
      await take(stage, { agent, text: "first" });
      await stage.call("POST", `/v1/conversations/default/fork?agent_id=${agent}`);
      expect(await listedTypes(stage, agent)).toEqual(["system_message"]);
      expect((await stage.sdk.agents.retrieve(agent)).message_ids).toHaveLength(3);
    },
  ),

  anyServer("what is not there is 404, what is no id 422", async (stage) => {
    const agent = await stage.agent();
    expect((await stage.call("GET", `/v1/conversations/${missing}`)).status).toBe(404);
    expect((await stage.call("POST", `/v1/conversations/${missing}/messages`, { input: "x" })).status).toBe(404);
    expect((await stage.call("POST", `/v1/conversations/conv-x/messages`, { input: "x" })).status).toBe(422);
    const unknown = "agent-00000000-0000-4000-8000-00000000abcd";
    expect((await stage.call("POST", `/v1/conversations/?agent_id=${unknown}`, {})).body).toEqual({
      detail: "Agent not found",
    });
    const labels = await stage.call("POST", `/v1/conversations/?agent_id=${agent}`, {
      isolated_block_labels: ["nope"],
    });
    expect(labels.status).toBe(400);
  }),

  anyServer("fields that only Cloud knows are ignored", async (stage) => {
    const conversation = await stage.conversation(await stage.agent());
    const answer = await stage.call("PATCH", `/v1/conversations/${conversation}`, { archived: true, summary: "s" });
    expect([answer.status, (answer.body as Json)["archived"]]).toEqual([200, undefined]);
  }),
];
