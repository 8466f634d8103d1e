/** Tools: the server's own and those that somebody adds, run by agents and by request. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { type Json, type Stage, unique } from "./stage.ts";
import { ofType, take, typesOf } from "./turn.ts";

const newName = (): string => unique("tool_").replaceAll("-", "_");

const source = (name: string, expression: string): string =>
  `import os\n\ndef ${name}() -> str:\n    """Says something.\n\n    Returns:\n        str: what it says\n    """\n    return ${expression}\n`;

const makeTool = async (stage: Stage, name: string, expression = '"tea is ready"'): Promise<Json & { id: string }> =>
  (await stage.call("PUT", "/v1/tools/", { source_code: source(name, expression) })).body as Json & { id: string };

const toolsOf = async (stage: Stage, agent: string): Promise<readonly string[]> =>
  ((await stage.call("GET", `/v1/agents/${agent}/tools`)).body as { name: string }[])
    .map(({ name }) => name)
    .toSorted();

const usual = ["conversation_search", "memory_insert", "memory_replace"];

export const tools: readonly Case[] = [
  anyServer("every server has the base tools, listed with their types", async (stage) => {
    const all = (await stage.call("GET", "/v1/tools/?limit=200")).body as { name: string; tool_type: string }[];
    const types = Object.fromEntries(all.map(({ name, tool_type }) => [name, tool_type]));
    expect(types).toMatchObject({
      conversation_search: "letta_core",
      memory_insert: "letta_sleeptime_core",
      core_memory_append: "letta_memory_core",
      open_files: "letta_files_core",
      web_search: "letta_builtin",
    });
    const one = (await stage.call("GET", "/v1/tools/?name=memory_insert")).body as Json[];
    expect(one).toMatchObject([{ name: "memory_insert", source_type: "python" }]);
  }),

  anyServer(
    "a tool is made from its source, and upserted by name with its id kept, by PUT and by POST",
    async (stage) => {
      const name = newName();
      const made = await makeTool(stage, name);
      expect(made).toMatchObject({
        name,
        tool_type: "custom",
        description: "Says something.",
        default_requires_approval: null,
      });
      for (const method of ["PUT", "POST"]) {
        const again = await stage.call(method, "/v1/tools/", { source_code: source(name, '"coffee"') });
        expect(again).toMatchObject({ status: 200, body: { id: made.id } });
      }
      expect((await stage.call("GET", `/v1/tools/${made.id}`)).body).toMatchObject({
        source_code: expect.stringContaining("coffee"),
      });
      expect((await stage.call("DELETE", `/v1/tools/${made.id}`)).status).toBe(200);
      expect((await stage.call("GET", `/v1/tools/${made.id}`)).status).toBe(404);
    },
  ),

  anyServer("a function without a docstring is refused with 400", async (stage) => {
    const refused = await stage.call("POST", "/v1/tools/", { source_code: `def ${newName()}(x):\n    return 1\n` });
    expect(refused).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("Failed to derive json schema") },
    });
  }),

  anyServer(
    "attaching and detaching are idempotent; an SDK client is answered null, others the agent",
    async (stage) => {
      const agent = await stage.agent();
      const name = newName();
      const { id } = await makeTool(stage, name);
      const path = (way: string) => `/v1/agents/${agent}/tools/${way}/${id}`;
      for (const _ of [1, 2]) expect(await stage.call("PATCH", path("attach"))).toEqual({ status: 200, body: null });
      expect(await toolsOf(stage, agent)).toEqual([...usual, name].toSorted());
      for (const _ of [1, 2]) expect((await stage.call("PATCH", path("detach"))).status).toBe(200);
      expect(await toolsOf(stage, agent)).toEqual(usual);
      expect((await stage.callBare("PATCH", path("attach"))).body).toMatchObject({ id: agent });
      const unknown = `/v1/agents/${agent}/tools/attach/tool-00000000-0000-4000-8000-00000000abcd`;
      expect((await stage.call("PATCH", unknown)).status).toBe(404);
    },
  ),

  anyServer("an agent runs its tool, and its result goes back to the model", async (stage) => {
    const name = newName();
    const { id } = await makeTool(stage, name);
    const agent = await stage.agent({ tool_ids: [id] });
    const turn = await take(stage, { agent, text: `CALL:${name} {}`, tokens: false });
    expect(typesOf(turn).slice(1, 4)).toEqual(["tool_call_message", "tool_return_message", "assistant_message"]);
    expect(ofType(turn, "tool_return_message")[0]).toMatchObject({
      name,
      status: "success",
      tool_return: "tea is ready",
    });
  }),

  anyServer("parallel calls come back in one message, the first result on top", async (stage) => {
    const agent = await stage.agent({ model_settings: { provider_type: "openai", parallel_tool_calls: true } });
    for (const tokens of [true, false]) {
      const [returned] = ofType(
        await take(stage, { agent, text: "CALL2:conversation_search", tokens }),
        "tool_return_message",
      );
      const both = returned?.["tool_returns"] as Json[];
      expect(both).toHaveLength(2);
      expect(returned).toMatchObject({ name: "conversation_search", tool_call_id: both[0]?.["tool_call_id"] });
    }
  }),

  anyServer("a tool that the agent does not have is an error which the model hears of", async (stage) => {
    const turn = await take(stage, { agent: await stage.agent(), text: "CALL:nosuchtool {}" });
    expect(ofType(turn, "tool_return_message")[0]).toMatchObject({
      name: "nosuchtool",
      status: "error",
      tool_return: expect.stringContaining("[ToolConstraintError] Cannot call nosuchtool"),
    });
    expect(turn).toMatchObject({ done: true, error: null });
  }),

  anyServer("secrets are in the tool's environment", async (stage) => {
    const name = newName();
    const { id } = await makeTool(stage, name, 'os.getenv("CONTRACT_KEY")');
    const agent = await stage.agent({ tool_ids: [id], secrets: { CONTRACT_KEY: "opened" } });
    const turn = await take(stage, { agent, text: `CALL:${name} {}` });
    expect(ofType(turn, "tool_return_message")[0]).toMatchObject({ status: "success", tool_return: "opened" });
  }),

  anyServer("a tool is run by request, without the model", async (stage) => {
    const name = newName();
    const { id } = await makeTool(stage, name);
    const agent = await stage.agent({ tool_ids: [id] });
    const answer = await stage.call("POST", `/v1/agents/${agent}/tools/${name}/run`, { args: {} });
    expect(answer).toMatchObject({ status: 200, body: { status: "success", func_return: "tea is ready" } });
  }),

  anyServer("approval is asked per agent; the SDK's own spelling of the field is refused", async (stage) => {
    const agent = await stage.agent();
    const path = `/v1/agents/${agent}/tools/approval/memory_insert`;
    expect((await stage.call("PATCH", path, { body_requires_approval: true })).status).toBe(422);
    expect(await stage.call("PATCH", path, { requires_approval: true })).toEqual({ status: 200, body: null });
    const rule = { tool_name: "memory_insert", type: "requires_approval" };
    expect((await stage.sdk.agents.retrieve(agent)).tool_rules).toMatchObject([rule]);
    await stage.call("PATCH", path, { requires_approval: false });
    expect((await stage.sdk.agents.retrieve(agent)).tool_rules).toEqual([]);
  }),
];
