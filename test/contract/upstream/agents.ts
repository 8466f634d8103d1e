/** Agents: making, finding, changing and removing them. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { listed } from "./history-rows.ts";
import { type Json, scriptedModel, unique } from "./stage.ts";
import { take } from "./turn.ts";

const missing = "agent-00000000-0000-4000-8000-00000000abcd";

const stateKeys =
  "created_by_id last_updated_by_id created_at updated_at id name tool_rules message_ids system agent_type llm_config embedding_config model embedding model_settings compaction_settings response_format description metadata memory blocks tools sources tags tool_exec_environment_variables secrets project_id template_id base_template_id deployment_id entity_id identity_ids identities pending_approval message_buffer_autoclear enable_sleeptime multi_agent_group managed_group last_run_completion last_run_duration_ms last_stop_reason timezone max_files_open per_file_view_window_char_limit hidden".split(
    " ",
  );

export const agents: readonly Case[] = [
  anyServer("a new agent is shown whole: every key, its base tools, its tags", async (stage) => {
    const made = await stage.sdk.agents.create({
      name: unique("Ada"),
      model: scriptedModel,
      tags: ["b", "a"],
      metadata: { k: 1 },
      memory_blocks: [{ label: "human", value: "likes tea" }],
    });
    expect(Object.keys(made).toSorted()).toEqual([...stateKeys].toSorted());
    expect(made).toMatchObject({ model: scriptedModel, agent_type: "letta_v1_agent", metadata: { k: 1 } });
    expect(made.tools.map(({ name }) => name).toSorted()).toEqual([
      "conversation_search",
      "memory_insert",
      "memory_replace",
    ]);
    expect([...made.tags].toSorted()).toEqual(["a", "b"]);
    expect(made.memory.blocks).toMatchObject([{ label: "human", value: "likes tea" }]);
    expect(made.message_ids).toHaveLength(1);
  }),

  anyServer("trap 18: relations are empty unless included, for SDK clients; others see them all", async (stage) => {
    const name = unique("Related");
    const agent = await stage.agent({
      name,
      tags: ["t"],
      secrets: { KEY: "value" },
      memory_blocks: [{ label: "human", value: "" }],
    });
    const path = `/v1/agents/${agent}`;
    const plain = (await stage.call("GET", path)).body as Json;
    expect(plain).toMatchObject({ tools: [], blocks: [], tags: [], secrets: [] });
    const include = ["tools", "blocks", "tags", "secrets"].map((relation) => `include=agent.${relation}`).join("&");
    for (const seen of [
      (await stage.call("GET", `${path}?${include}`)).body,
      (await stage.callBare("GET", path)).body,
    ]) {
      expect(seen).toMatchObject({
        tags: ["t"],
        blocks: [{ label: "human" }],
        secrets: [{ key: "KEY", value: "value" }],
      });
      expect((seen as { tools: unknown[] }).tools).toHaveLength(3);
    }
    const [first] = (await stage.call("GET", `/v1/agents/?name=${name}&include=agent.tags`)).body as Json[];
    expect(first).toMatchObject({ id: agent, tags: ["t"], tools: [] });
  }),

  anyServer("agents are found by name, text and tags", async (stage) => {
    const name = unique("Findable ");
    const tag = unique("tag");
    const one = await stage.agent({ name, tags: [tag, "x"] });
    const two = await stage.agent({ name: `${name} too`, tags: [tag] });
    const ids = async (query: string): Promise<readonly string[]> =>
      ((await stage.call("GET", `/v1/agents/?${query}`)).body as { id: string }[]).map(({ id }) => id).toSorted();
    expect(await ids(`name=${encodeURIComponent(name)}`)).toEqual([one]);
    expect(await ids(`query_text=${encodeURIComponent(name.toLowerCase())}`)).toEqual([one, two].toSorted());
    expect(await ids(`tags=${tag}`)).toEqual([one, two].toSorted());
    expect(await ids(`tags=${tag}&tags=x&match_all_tags=true`)).toEqual([one]);
    expect(await ids(`query_text=${unique("nobody")}`)).toEqual([]);
  }),

  anyServer("a list of agents is paged through in both orders", async (stage) => {
    const tag = unique("page");
    const made: string[] = [];
    for (const _ of [1, 2, 3]) {
      made.push(await stage.agent({ tags: [tag] }));
      // On SQLite the server rounds this cursor to whole seconds; on Postgres it is exact.
      await Bun.sleep(1_000 * stage.pace);
    }
    const all = async (order: "asc" | "desc"): Promise<readonly string[]> => {
      const ids: string[] = [];
      for await (const { id } of stage.sdk.agents.list({ tags: [tag], limit: 2, order })) ids.push(id);
      return ids;
    };
    expect(await all("asc")).toEqual(made);
    expect(await all("desc")).toEqual(made.toReversed());
  }),

  anyServer("an update changes what it names, and replaces lists", async (stage) => {
    const agent = await stage.agent({ tags: ["a", "b"], secrets: { ONE: "1" }, description: "before" });
    const changed = await stage.sdk.agents.update(agent, { name: "Renamed", tags: ["c"], secrets: { TWO: "2" } });
    expect(changed).toMatchObject({ name: "Renamed", tags: ["c"], description: "before" });
    const seen = await stage.sdk.agents.retrieve(agent, { include: ["agent.secrets"] });
    expect(seen.secrets).toMatchObject([{ key: "TWO", value: "2" }]);
  }),

  anyServer("a changed system text waits for a recompile, in the default conversation as well", async (stage) => {
    const agent = await stage.agent({ system: "First text." });
    const conversation = await stage.conversation(agent);
    await stage.sdk.agents.update(agent, { system: "Second text." });
    await take(stage, { agent });
    expect((await listed(stage, agent))[0]?.["content"]).toStartWith("First text.");
    await stage.call("POST", `/v1/agents/${agent}/recompile`);
    expect((await listed(stage, agent))[0]?.["content"]).toStartWith("Second text.");
    expect((await listed(stage, agent, conversation))[0]?.["content"]).toStartWith("First text.");
  }),

  anyServer("a removed agent is gone, with its runs", async (stage) => {
    const agent = await stage.agent();
    expect((await stage.call("DELETE", `/v1/agents/${agent}`)).body).toEqual({
      message: `Agent id=${agent} successfully deleted`,
    });
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["GET", "/messages"],
    ] as const)
      expect((await stage.call(method, `/v1/agents/${agent}${path}`)).status).toBe(404);
  }),

  anyServer("what is not there is 404, what is no id 422", async (stage) => {
    expect(await stage.call("GET", `/v1/agents/${missing}`)).toEqual({
      status: 404,
      body: { detail: `Agent with ID ${missing} not found` },
    });
    expect((await stage.call("PATCH", `/v1/agents/${missing}`, { name: "x" })).status).toBe(404);
    expect((await stage.call("DELETE", `/v1/agents/${missing}`)).status).toBe(404);
    expect((await stage.call("POST", `/v1/agents/${missing}/messages`, { input: "x" })).status).toBe(404);
    for (const id of ["agent-x", "nonsense", "agent-00000000-0000-1000-8000-00000000abcd"])
      expect((await stage.call("GET", `/v1/agents/${id}`)).status).toBe(422);
  }),

  anyServer("a model is a known handle: 400 without a slash, 404 for an unknown one", async (stage) => {
    const create = async (model: string) => (await stage.call("POST", "/v1/agents/", { name: "x", model })).status;
    expect(await create("nomodel")).toBe(400);
    expect(await create("no/model")).toBe(404);
  }),

  anyServer("list and create live behind a slash: without it they redirect with 307", async (stage) => {
    for (const path of ["/v1/agents", "/v1/health", "/v1/blocks", "/v1/tools"])
      expect((await stage.call("GET", path)).status).toBe(307);
  }),
];
