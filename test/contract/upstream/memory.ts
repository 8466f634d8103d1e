/** Blocks, and when what they say reaches the model. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { listed } from "./history-rows.ts";
import { type Json, type Stage, unique } from "./stage.ts";
import { take } from "./turn.ts";

const prompt = async (stage: Stage, agent: string, conversation = "default"): Promise<string> =>
  String((await listed(stage, agent, conversation))[0]?.["content"]);

const block = async (stage: Stage, value: string, label = "extra"): Promise<string> =>
  ((await stage.call("POST", "/v1/blocks/", { label, value })).body as { id: string }).id;

const withBlock = (value: string) => ({ memory_blocks: [{ label: "human", value }] });

const attachPath = (agent: string, way: "attach" | "detach", id: string): string =>
  `/v1/agents/${agent}/core-memory/blocks/${way}/${id}`;

export const memory: readonly Case[] = [
  anyServer("the prompt shows each block with its label, description, size, limit and value", async (stage) => {
    const agent = await stage.agent({
      memory_blocks: [{ label: "notes", value: "likes tea", description: "what matters", limit: 50 }],
    });
    const text = await prompt(stage, agent);
    for (const part of ["<notes>", "what matters", "chars_current=9", "chars_limit=50", "likes tea", agent])
      expect(text).toContain(part);
  }),

  anyServer("trap 10: attaching and detaching a block do not change the prompt; recompiling does", async (stage) => {
    const agent = await stage.agent();
    const word = unique("EXTRA");
    const id = await block(stage, word);
    expect((await stage.call("PATCH", attachPath(agent, "attach", id))).status).toBe(200);
    expect(await prompt(stage, agent)).not.toContain(word);
    await take(stage, { agent });
    expect(await prompt(stage, agent)).not.toContain(word);
    await stage.call("POST", `/v1/agents/${agent}/recompile`);
    expect(await prompt(stage, agent)).toContain(word);
    await stage.call("PATCH", attachPath(agent, "detach", id));
    const next = unique("next");
    await take(stage, { agent, text: next });
    expect((await stage.asked(next))[0]?.system).toContain(word);
    await stage.call("POST", `/v1/agents/${agent}/recompile`);
    expect(await prompt(stage, agent)).not.toContain(word);
  }),

  anyServer(
    "a new conversation sees what is attached when it begins; an existing one only after its own recompile",
    async (stage) => {
      const agent = await stage.agent();
      const before = await stage.conversation(agent);
      const word = unique("EXTRA");
      await stage.call("PATCH", attachPath(agent, "attach", await block(stage, word)));
      expect(await prompt(stage, agent, before)).not.toContain(word);
      expect(await prompt(stage, agent, await stage.conversation(agent))).toContain(word);
      await stage.call("POST", `/v1/agents/${agent}/recompile`);
      expect(await prompt(stage, agent, before)).not.toContain(word);
      await stage.call("POST", `/v1/conversations/${before}/recompile`);
      expect(await prompt(stage, agent, before)).toContain(word);
    },
  ),

  anyServer("recompiling answers the text from before, and a dry run changes nothing", async (stage) => {
    const agent = await stage.agent();
    const word = unique("EXTRA");
    await stage.call("PATCH", attachPath(agent, "attach", await block(stage, word)));
    const dry = await stage.call("POST", `/v1/agents/${agent}/recompile?dry_run=true`);
    expect(dry.status).toBe(200);
    expect(await prompt(stage, agent)).not.toContain(word);
    const real = await stage.call("POST", `/v1/agents/${agent}/recompile`);
    expect(String(real.body)).not.toContain(word);
    expect(await prompt(stage, agent)).toContain(word);
  }),

  anyServer(
    "an updated block is in the default conversation's prompt at once, by either route, and in no other",
    async (stage) => {
      const agent = await stage.agent(withBlock("before"));
      const conversation = await stage.conversation(agent);
      const [one, two] = [unique("ONE"), unique("TWO")];
      await stage.call("PATCH", `/v1/agents/${agent}/core-memory/blocks/human`, { value: one });
      expect(await prompt(stage, agent)).toContain(one);
      const { id } = await stage.sdk.agents.blocks.retrieve("human", { agent_id: agent });
      await stage.call("PATCH", `/v1/blocks/${id}`, { value: two });
      expect(await prompt(stage, agent)).toContain(two);
      expect(await prompt(stage, agent, conversation)).toContain("before");
      expect(await prompt(stage, agent, await stage.conversation(agent))).toContain(two);
    },
  ),

  anyServer(
    "what the agent writes into its block in the default conversation is in the prompt after the turn",
    async (stage) => {
      const agent = await stage.agent(withBlock("before"));
      const word = unique("WRITTEN");
      const call = { label: "human", old_string: "before", new_string: word };
      await take(stage, { agent, text: `CALL:memory_replace ${JSON.stringify(call)}` });
      expect((await stage.sdk.agents.blocks.retrieve("human", { agent_id: agent })).value).toBe(word);
      expect(await prompt(stage, agent)).toContain(word);
    },
  ),

  anyServer(
    "blocks are made, found, changed and removed; a value is a string and its limit binds nobody",
    async (stage) => {
      const label = unique("label");
      const made = (await stage.call("POST", "/v1/blocks/", { label, value: "x".repeat(50), limit: 10 })).body as Json;
      expect(made).toMatchObject({ label, limit: 10, read_only: false, description: null });
      const path = `/v1/blocks/${String(made["id"])}`;
      expect((await stage.call("GET", `/v1/blocks/?label=${label}`)).body).toMatchObject([{ id: made["id"] }]);
      expect((await stage.call("PATCH", path, { value: "y".repeat(99) })).body).toMatchObject({
        value: "y".repeat(99),
      });
      expect((await stage.call("POST", "/v1/blocks/", { label, value: { a: 1 } })).status).toBe(422);
      expect(await stage.call("DELETE", path)).toEqual({ status: 200, body: null });
      for (const method of ["GET", "DELETE"]) expect((await stage.call(method, path)).status).toBe(404);
      expect((await stage.call("GET", "/v1/blocks/nonsense")).status).toBe(422);
    },
  ),

  anyServer("an agent has one block of a label: a second is 409, the same again is nothing new", async (stage) => {
    const agent = await stage.agent(withBlock(""));
    const id = await block(stage, "one");
    for (const _ of [1, 2]) expect((await stage.call("PATCH", attachPath(agent, "attach", id))).status).toBe(200);
    expect((await stage.call("PATCH", attachPath(agent, "attach", await block(stage, "two")))).status).toBe(409);
    const blocks = (await stage.call("GET", `/v1/agents/${agent}/core-memory/blocks`)).body as Json[];
    expect(blocks.map(({ label }) => label).toSorted()).toEqual(["extra", "human"]);
    expect((await stage.call("GET", `/v1/blocks/${id}/agents`)).body).toMatchObject([{ id: agent }]);
    expect((await stage.call("PATCH", attachPath(agent, "detach", id))).status).toBe(200);
    expect((await stage.call("PATCH", attachPath(agent, "detach", id))).status).toBe(404);
    expect((await stage.call("GET", `/v1/agents/${agent}/core-memory/blocks/nope`)).status).toBe(404);
  }),

  anyServer("a removed block leaves its agents", async (stage) => {
    const agent = await stage.agent();
    const id = await block(stage, "one");
    await stage.call("PATCH", attachPath(agent, "attach", id));
    await stage.call("DELETE", `/v1/blocks/${id}`);
    expect((await stage.call("GET", `/v1/agents/${agent}/core-memory/blocks`)).body).toEqual([]);
  }),

  anyServer("one block may be many agents' memory", async (stage) => {
    const id = await block(stage, "shared");
    const both = [await stage.agent({ block_ids: [id] }), await stage.agent({ block_ids: [id] })];
    const word = unique("NEWS");
    await stage.call("PATCH", `/v1/blocks/${id}`, { value: word });
    for (const agent of both) expect(await prompt(stage, agent)).toContain(word);
  }),
];
