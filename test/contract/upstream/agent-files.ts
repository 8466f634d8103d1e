/** Agents as files: out of a server, and into it as copies. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { listed } from "./history-rows.ts";
import { type Json, scriptedModel, sdkHeaders, type Stage, unique } from "./stage.ts";
import { take, textOf } from "./turn.ts";

const agentFile = async (stage: Stage, agent: string): Promise<Json> =>
  (await stage.call("GET", `/v1/agents/${agent}/export`)).body as Json;

const importFile = async (stage: Stage, text: string, more: Readonly<Record<string, string>> = {}) => {
  const form = new FormData();
  form.set("file", new File([text], "agent.af", { type: "application/json" }));
  for (const [key, value] of Object.entries(more)) form.set(key, value);
  const { "x-stainless-package-version": version } = sdkHeaders;
  const headers = { "x-stainless-package-version": version };
  const response = await fetch(`${stage.url}/v1/agents/import`, { method: "POST", headers, body: form });
  return { status: response.status, body: (await response.json()) as Json };
};

/** What every import should say. */
const careful = { override_existing_tools: "false" };

const copyOf = async (stage: Stage, file: Json, more: Readonly<Record<string, string>>): Promise<string> => {
  const [id] = (await importFile(stage, JSON.stringify(file), more)).body["agent_ids"] as string[];
  return id ?? "";
};

export const agentFiles: readonly Case[] = [
  anyServer("an agent file is a JSON object with all that the agent has", async (stage) => {
    const agent = await stage.agent({ memory_blocks: [{ label: "human", value: "likes tea" }], tags: ["t"] });
    await take(stage, { agent, text: "remember me" });
    const file = await agentFile(stage, agent);
    expect(Object.keys(file).toSorted()).toEqual(
      "agents blocks created_at files groups mcp_servers metadata skills sources tools".split(" "),
    );
    const [one] = file["agents"] as { messages: unknown[]; tool_ids: string[] }[];
    expect(one).toMatchObject({ name: "Contract", tags: ["t"], model: null, llm_config: { handle: scriptedModel } });
    expect(one?.messages).toMatchObject(
      ["system", "user", "assistant"].map((role) => ({ type: "message", role, content: [{ type: "text" }] })),
    );
    expect(one?.tool_ids).toHaveLength(3);
    expect(file["blocks"]).toMatchObject([{ label: "human", value: "likes tea" }]);
  }),

  anyServer("an imported agent is a copy under a name of its own, with its memory and its messages", async (stage) => {
    const agent = await stage.agent({ memory_blocks: [{ label: "human", value: "likes tea" }] });
    const word = unique("remember");
    await take(stage, { agent, text: word });
    const text = JSON.stringify(await agentFile(stage, agent));
    const { status, body } = await importFile(stage, text, { override_existing_tools: "false" });
    expect(status).toBe(200);
    const [copy] = body["agent_ids"] as string[];
    expect(copy).not.toBe(agent);
    expect(await stage.sdk.agents.retrieve(copy ?? "")).toMatchObject({ name: "Contract_copy", model: scriptedModel });
    const block = await stage.sdk.agents.blocks.retrieve("human", { agent_id: copy ?? "" });
    expect(block.value).toBe("likes tea");
    const next = unique("next");
    expect(textOf(await take(stage, { agent: copy ?? "", text: next }))).toBe(`Echo: ${next}`);
    expect(JSON.stringify((await stage.asked(next))[0]?.messages)).toContain(word);
  }),

  anyServer("strip_messages is ignored by an import, and name replaces the name", async (stage) => {
    const agent = await stage.agent();
    const word = unique("remember");
    await take(stage, { agent, text: word });
    const name = unique("Copy");
    const more = { ...careful, strip_messages: "true", append_copy_suffix: "false", name };
    const copy = await copyOf(stage, await agentFile(stage, agent), more);
    expect(await stage.sdk.agents.retrieve(copy)).toMatchObject({ name });
    expect(JSON.stringify(await listed(stage, copy))).toContain(word);
  }),

  anyServer(
    "an agent from a scrubbed file has no prompt and cannot speak in its default conversation, only in others",
    async (stage) => {
      const agent = await stage.agent();
      await take(stage, { agent, text: "remember me" });
      const file = (await stage.call("GET", `/v1/agents/${agent}/export?scrub_messages=true`)).body as Json;
      expect(file["agents"]).toMatchObject([{ messages: [], in_context_message_ids: [] }]);
      const copy = await copyOf(stage, file, careful);
      expect((await take(stage, { agent: copy })).error).toMatchObject({
        error_type: "internal_error",
        message: expect.stringContaining("has no in-context messages"),
      });
      expect((await stage.call("POST", `/v1/agents/${copy}/recompile`)).status).toBe(404);
      const conversation = await stage.conversation(copy);
      expect(textOf(await take(stage, { agent: copy, conversation, text: "hello" }))).toBe("Echo: hello");
    },
  ),

  anyServer(
    "a file cut down to its first message makes a fresh agent, under the old one's prompt until a recompile",
    async (stage) => {
      const agent = await stage.agent();
      const word = unique("remember");
      await take(stage, { agent, text: word });
      const file = await agentFile(stage, agent);
      const [one] = file["agents"] as { messages: unknown[]; in_context_message_ids: unknown[] }[];
      const first = {
        messages: one?.messages.slice(0, 1),
        in_context_message_ids: one?.in_context_message_ids.slice(0, 1),
      };
      const copy = await copyOf(stage, { ...file, agents: [{ ...one, ...first }] }, careful);
      const prompt = async () => String((await listed(stage, copy))[0]?.["content"]);
      expect(await prompt()).toContain(agent);
      await stage.call("POST", `/v1/agents/${copy}/recompile`);
      expect(await prompt()).not.toContain(agent);
      expect(await prompt()).toContain(copy);
      const next = unique("next");
      await take(stage, { agent: copy, text: next });
      expect((await stage.asked(next))[0]?.messages).toMatchObject([{ role: "user", content: next }]);
      expect(JSON.stringify(await listed(stage, copy))).not.toContain(word);
    },
  ),

  anyServer("an import with override_existing_tools=false leaves the server's tools as they are", async (stage) => {
    const name = unique("tool_").replaceAll("-", "_");
    const source = (text: string) => `def ${name}() -> str:\n    """Says.\n    """\n    return "${text}"\n`;
    const tool = (await stage.call("PUT", "/v1/tools/", { source_code: source("original") })).body as { id: string };
    const agent = await stage.agent({ tool_ids: [tool.id] });
    const text = JSON.stringify(await agentFile(stage, agent)).replaceAll("original", "replaced");
    expect(text).toContain("replaced");
    const first = await importFile(stage, text, { override_existing_tools: "false" });
    expect(first.status).toBe(200);
    const seen = async () => ((await stage.call("GET", `/v1/tools/${tool.id}`)).body as Json)["source_code"];
    expect(await seen()).toContain("original");
    // And this is why one sends it: the default overwrites the tools of the whole organisation.
    await importFile(stage, text);
    expect(await seen()).toContain("replaced");
  }),

  anyServer(
    "our copy of an agent has its instructions, tools and persona, and nothing that it heard",
    async (stage) => {
      const word = unique("remember");
      const memory_blocks = [
        { label: "human", value: `${word} tea` },
        { label: "persona", value: "I am kind." },
      ];
      const agent = await stage.agent({ memory_blocks, system: "You are brief.", include_base_tools: true });
      await take(stage, { agent, text: word });
      const abort = new AbortController().signal;
      const name = unique("Copy ");
      const copy = await stage.upstream.copyAgent(agent, name, abort);
      expect(copy).toEqual({ id: expect.stringMatching(/^agent-/), name });
      expect(copy.id).not.toBe(agent);
      // Asked for again, as after a lost answer, it is the same one.
      expect(await stage.upstream.copyAgent(agent, name, abort)).toEqual(copy);
      const next = unique("next");
      expect(textOf(await take(stage, { agent: copy.id, text: next }))).toBe(`Echo: ${next}`);
      const [asked] = await stage.asked(next);
      const [original] = await stage.asked(word);
      expect(asked?.messages).toMatchObject([{ role: "user", content: next }]);
      expect(asked?.tools.toSorted()).toEqual(original?.tools.toSorted() ?? []);
      expect(asked?.system).toContain("You are brief.");
      expect(asked?.system).toContain("I am kind.");
      expect(asked?.system).not.toContain(word);
      expect(JSON.stringify(await listed(stage, copy.id))).not.toContain(word);
      const conversation = await stage.conversation(copy.id);
      expect(textOf(await take(stage, { agent: copy.id, conversation, text: "hello" }))).toBe("Echo: hello");
    },
  ),

  anyServer(
    "the file of an agent that does not exist is a 500, and our copy of it says what is missing",
    async (stage) => {
      const missing = "agent-00000000-0000-4000-8000-00000000abcd";
      expect(await stage.call("GET", `/v1/agents/${missing}/export`)).toMatchObject({
        status: 500,
        body: { detail: expect.stringContaining("were not found") },
      });
      const copying = stage.upstream.copyAgent(missing, unique("Copy "), new AbortController().signal);
      await expect(copying).rejects.toMatchObject({ code: "letta_agent_missing" });
    },
  ),

  anyServer("what is no agent file is refused with 400", async (stage) => {
    expect(await importFile(stage, "nonsense")).toEqual({
      status: 400,
      body: { detail: "Corrupted agent file format." },
    });
  }),
];
