import { describe, expect, test } from "bun:test";
import { chooseModel } from "./model.ts";
import { agentState, at, fail, json, never, paged, queryOf, startServer } from "./test-server.ts";

const page = () => new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } });

describe("reaching the server", () => {
  test("health says its version", async () => {
    await using server = await startServer({ "GET /v1/health/": json({ version: "0.16.7", status: "ok" }) });
    expect(await at(server.url).health(never)).toEqual({ version: "0.16.7" });
  });

  test("a web site that is no Letta server is told from one", async () => {
    await using server = await startServer({ "GET /v1/health/": page, "GET /v1/agents/": page });
    expect(await fail(() => at(server.url).health(never))).toMatchObject({ code: "letta_refused" });
    expect(await fail(() => at(server.url).check(never))).toMatchObject({ code: "letta_refused" });
    expect(await fail(() => at(server.url).retrieveAgent("agent-1", never))).toMatchObject({ code: "letta_refused" });
  });

  test("a key that may not list agents is as good as rejected", async () => {
    for (const [status, code] of [
      [401, "letta_rejected"],
      [403, "letta_rejected"],
      [402, "letta_unpaid"],
    ] as const) {
      await using server = await startServer({ "GET /v1/agents/": json({ detail: "no" }, status) });
      expect(await fail(() => at(server.url).check(never))).toMatchObject({ code, verdict: "pause" });
    }
  });
});

describe("agents", () => {
  test("all pages are read, in ascending order", async () => {
    const agents = ["agent-1", "agent-2", "agent-3", "agent-4", "agent-5"].map((id) => agentState(id));
    await using server = await startServer({ "GET /v1/agents/": paged(agents, 2) });
    expect((await at(server.url).listAgents({}, never)).map(({ id }) => id)).toEqual(agents.map(({ id }) => id));
    for (const seen of server.requests) expect(queryOf(seen).get("order")).toBe("asc");
  });

  test("a name is matched exactly, even when the server is generous", async () => {
    await using server = await startServer({
      "GET /v1/agents/": paged([agentState("agent-1", "bo"), agentState("agent-2", "bob")], 9),
    });
    expect(await at(server.url).listAgents({ name: "bob" }, never)).toEqual([{ id: "agent-2", name: "bob" }]);
    expect(queryOf(server.requests[0]).get("name")).toBe("bob");
  });

  test("a server that ignores cursors does not keep us for ever", async () => {
    await using server = await startServer({ "GET /v1/agents/": json([agentState("agent-1"), agentState("agent-2")]) });
    expect(await at(server.url).listAgents({}, never)).toHaveLength(2);
    expect(server.requests).toHaveLength(2);
  });

  test("a list without end is too much", async () => {
    let next = 0;
    await using server = await startServer({ "GET /v1/agents/": () => Response.json([agentState(`agent-${next++}`)]) });
    expect(await fail(() => at(server.url, { pages: 5 }).listAgents({}, never))).toMatchObject({
      code: "letta_too_much",
    });
    expect(server.requests).toHaveLength(6);
  });

  test("one that does not exist, or cannot exist, is missing", async () => {
    for (const [status, detail] of [
      [404, "Agent not found"],
      [422, "String should match pattern"],
    ] as const) {
      await using server = await startServer({ "GET /v1/agents/agent-1": json({ detail }, status) });
      expect(await fail(() => at(server.url).retrieveAgent("agent-1", never))).toMatchObject({
        code: "letta_agent_missing",
      });
    }
    await using server = await startServer({ "GET /v1/agents/": json([]) });
    for (const id of ["", ".", "..", "a/b"])
      expect(await fail(() => at(server.url).retrieveAgent(id, never))).toMatchObject({ code: "letta_agent_missing" });
    expect(server.requests).toEqual([]);
  });

  test("a new one gets the server's own default model", async () => {
    await using server = await startServer({ "POST /v1/agents/": json(agentState("agent-1", "new")) });
    expect(await at(server.url).createAgent("new", never)).toEqual({ id: "agent-1", name: "new" });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.body).not.toHaveProperty("model");
    expect(server.requests[0]?.body).toMatchObject({
      name: "new",
      memory_blocks: [{ label: "persona" }, { label: "human" }],
    });
  });

  test("a new one on a server without default gets a model that is listed", async () => {
    await using server = await startServer({
      "POST /v1/agents/": ({ body }) =>
        (body as { model?: string }).model === "openai-proxy/some-model"
          ? Response.json(agentState("agent-1", "new"))
          : Response.json({ detail: "INVALID_ARGUMENT: model" }, { status: 400 }),
      "GET /v1/models/": json([
        { handle: "letta/letta-free", model_type: "llm" },
        { handle: "openai-proxy/some-model", model_type: "llm" },
      ]),
    });
    expect(await at(server.url).createAgent("new", never)).toEqual({ id: "agent-1", name: "new" });
  });

  test("without any model nothing can be created, and the owner is told what to do", async () => {
    await using server = await startServer({
      "POST /v1/agents/": json({ detail: "x" }, 400),
      "GET /v1/models/": json([]),
    });
    expect(await fail(() => at(server.url).createAgent("new", never))).toMatchObject({
      code: "letta_refused",
      hint: expect.any(String),
    });
  });

  test("a failure that may have created one is not repeated", async () => {
    await using server = await startServer({
      "POST /v1/agents/": json({ detail: "x" }, 500),
      "GET /v1/models/": json([]),
    });
    expect(await fail(() => at(server.url).createAgent("new", never))).toMatchObject({ code: "letta_cut" });
    expect(server.requests).toHaveLength(1);
  });
});

test.each<[string, readonly string[], string | undefined]>([
  ["Cloud's own choice first", ["anthropic/claude-sonnet-4", "letta/auto"], "letta/auto"],
  [
    "the newest of the best family",
    ["openai/gpt-5", "anthropic/claude-sonnet-4", "anthropic/claude-sonnet-4-5"],
    "anthropic/claude-sonnet-4-5",
  ],
  ["numbers count as numbers", ["openai/gpt-4", "openai/gpt-10", "openai/gpt-5-nano"], "openai/gpt-10"],
  ["else the first that is listed", ["letta/letta-free", "ollama/llama", "vllm/qwen"], "ollama/llama"],
  ["what may be out of reach comes last", ["letta/letta-free"], "letta/letta-free"],
  ["nothing from nothing", [], undefined],
])("the model of a new agent: %s", (_, handles, chosen) => {
  const models = handles.map((handle) => ({ handle, model_type: "llm" }));
  expect(chooseModel([{ handle: "openai/gpt-99", model_type: "embedding" }, { handle: null }, ...models])).toBe(chosen);
});
