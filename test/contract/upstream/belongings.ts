/** What else an agent may have: folders with files, archives, identities, MCP servers. */
import { expect } from "bun:test";
import { anyServer, type Case, unproven } from "./case.ts";
import { embedding, type Json, type Stage, unique, until } from "./stage.ts";

const folder = async (stage: Stage): Promise<{ readonly id: string; readonly name: string }> =>
  (await stage.call("POST", "/v1/folders/", { name: unique("folder"), embedding })).body as {
    id: string;
    name: string;
  };

const upload = async (stage: Stage, id: string, name: string, type: string, query = "") => {
  const form = new FormData();
  form.set("file", new File(["some words"], name, { type }));
  const response = await fetch(`${stage.url}/v1/folders/${id}/upload${query}`, { method: "POST", body: form });
  return { status: response.status, body: (await response.json()) as Json };
};

const fileTools = ["grep_files", "open_files", "semantic_search_files"];

const toolsOf = async (stage: Stage, agent: string): Promise<readonly string[]> =>
  ((await stage.call("GET", `/v1/agents/${agent}/tools`)).body as { name: string }[]).map(({ name }) => name);

const config = (server_url: string) => ({ mcp_server_type: "streamable_http", server_url });

const needsPostgres = "archival passages need Postgres; on SQLite the server answers 400";

export const belongings: readonly Case[] = [
  anyServer("a folder needs an embedding and a name of its own", async (stage) => {
    expect((await stage.call("POST", "/v1/folders/", { name: unique("f") })).status).toBe(400);
    const made = await folder(stage);
    expect(made.id).toMatch(/^source-/);
    expect((await stage.call("POST", "/v1/folders/", { name: made.name, embedding })).status).toBe(409);
    const path = `/v1/folders/${made.id}`;
    expect((await stage.call("PATCH", path, { description: "about" })).body).toMatchObject({ description: "about" });
    expect((await stage.call("GET", `/v1/folders/?name=${made.name}`)).body).toMatchObject([{ id: made.id }]);
    expect(await stage.call("DELETE", path)).toEqual({ status: 200, body: null });
    expect((await stage.call("GET", path)).status).toBe(404);
  }),

  anyServer("files are uploaded, named apart, listed and removed; what cannot be read is 415", async (stage) => {
    const { id, name } = await folder(stage);
    const first = await upload(stage, id, "a.txt", "text/plain");
    expect(first).toMatchObject({
      status: 200,
      body: { source_id: id, file_name: `${name}/a.txt`, original_file_name: "a.txt" },
    });
    expect((await upload(stage, id, "a.txt", "text/plain")).body).toMatchObject({ file_name: `${name}/a_(1).txt` });
    expect((await upload(stage, id, "b.docx", "application/msword")).status).toBe(415);
    const files = (await stage.call("GET", `/v1/folders/${id}/files`)).body as Json[];
    expect(files.map(({ original_file_name }) => original_file_name)).toEqual(["a.txt", "a.txt"]);
    const removed = await stage.call("DELETE", `/v1/folders/${id}/${String(first.body["id"])}`);
    expect(removed.status).toBe(204);
    expect((await stage.call("GET", `/v1/folders/${id}/files`)).body).toHaveLength(1);
  }),

  anyServer("an attached folder brings the tools that read files, and opens its files", async (stage) => {
    const { id, name } = await folder(stage);
    const { body } = await upload(stage, id, "a.txt", "text/plain");
    const path = `/v1/folders/${id}/files/${String(body["id"])}`;
    await until(async () => {
      const { processing_status } = (await stage.call("GET", path)).body as Json;
      return processing_status === "completed" || processing_status === "error" ? true : undefined;
    }).catch(() => undefined);
    const agent = await stage.agent({ embedding });
    expect(await stage.call("PATCH", `/v1/agents/${agent}/folders/attach/${id}`)).toEqual({ status: 200, body: null });
    expect(await toolsOf(stage, agent)).toEqual(expect.arrayContaining(fileTools));
    expect((await stage.call("GET", `/v1/agents/${agent}/folders`)).body).toMatchObject([{ id }]);
    const { files } = (await stage.call("GET", `/v1/agents/${agent}/files`)).body as { files: Json[] };
    expect(files).toMatchObject([{ file_name: `${name}/a.txt`, folder_id: id, is_open: true }]);
    await stage.call("PATCH", `/v1/agents/${agent}/folders/detach/${id}`);
    expect((await stage.call("GET", `/v1/agents/${agent}/folders`)).body).toEqual([]);
  }),

  anyServer("archives are made, changed and removed", async (stage) => {
    const made = await stage.call("POST", "/v1/archives/", { name: unique("archive"), embedding });
    const { id } = made.body as { id: string };
    expect(id).toMatch(/^archive-/);
    expect(made).toMatchObject({ status: 200, body: { vector_db_provider: "native" } });
    const path = `/v1/archives/${id}`;
    expect((await stage.call("PATCH", path, { name: "renamed" })).body).toMatchObject({ name: "renamed" });
    expect((await stage.call("DELETE", path)).status).toBe(204);
    expect((await stage.call("GET", path)).status).toBe(404);
  }),

  unproven("an attached archive is the agent's, and passages are kept in it", needsPostgres, async (stage) => {
    const agent = await stage.agent({ embedding });
    const { id } = (await stage.call("POST", "/v1/archives/", { name: unique("archive"), embedding })).body as {
      id: string;
    };
    expect((await stage.call("PATCH", `/v1/agents/${agent}/archives/attach/${id}`)).status).toBe(200);
    expect((await stage.call("GET", `/v1/archives/?agent_id=${agent}`)).body).toMatchObject([{ id }]);
    const made = await stage.call("POST", `/v1/agents/${agent}/archival-memory`, { text: "tea at five" });
    expect(made).toMatchObject({ status: 200, body: [{ text: "tea at five" }] });
    expect((await stage.call("GET", `/v1/agents/${agent}/archival-memory`)).body).toMatchObject([
      { text: "tea at five" },
    ]);
  }),

  unproven("passages are found by what they mean", needsPostgres, async (stage) => {
    const agent = await stage.agent({ embedding });
    await stage.call("POST", `/v1/agents/${agent}/archival-memory`, { text: "tea at five" });
    const found = await stage.call("GET", `/v1/agents/${agent}/archival-memory/search?query=tea`);
    expect(found).toMatchObject({ status: 200, body: { count: 1 } });
  }),

  anyServer("an identity has a type and a key of its own; PUT does not make one", async (stage) => {
    const identifier_key = unique("telegram:bot:");
    const person = { identifier_key, name: "Ada", identity_type: "user" };
    const made = await stage.call("POST", "/v1/identities/", person);
    expect(made).toMatchObject({ status: 200, body: { ...person, agent_ids: [], block_ids: [], properties: [] } });
    expect((await stage.call("POST", "/v1/identities/", person)).status).toBe(409);
    for (const identity_type of [undefined, "person"])
      expect((await stage.call("POST", "/v1/identities/", { ...person, identity_type })).status).toBe(422);
    const unknown = { ...person, identifier_key: unique("nobody") };
    expect((await stage.call("PUT", "/v1/identities/", unknown)).status).toBe(404);
    expect((await stage.call("PUT", "/v1/identities/", { ...person, name: "Ada L" })).body).toMatchObject({
      name: "Ada L",
    });
    const found = (await stage.call("GET", `/v1/identities/?identifier_key=${identifier_key}`)).body as Json[];
    expect(found).toMatchObject([{ id: (made.body as Json)["id"], name: "Ada L" }]);
    const path = `/v1/identities/${String((made.body as Json)["id"])}`;
    expect((await stage.call("PATCH", path, { name: "Ada M" })).body).toMatchObject({ name: "Ada M" });
    expect(await stage.call("DELETE", path)).toEqual({ status: 200, body: null });
    expect((await stage.call("GET", path)).status).toBe(404);
  }),

  anyServer("an identity finds its agents and blocks; its own lists stay empty", async (stage) => {
    const [agent, identifier_key] = [await stage.agent(), unique("telegram:bot:")];
    const body = { identifier_key, name: "Ada", identity_type: "user" };
    const { id } = (await stage.call("POST", "/v1/identities/", body)).body as { id: string };
    expect((await stage.call("PATCH", `/v1/agents/${agent}/identities/attach/${id}`)).status).toBe(200);
    expect((await stage.call("GET", `/v1/agents/?identifier_keys=${identifier_key}`)).body).toMatchObject([
      { id: agent },
    ]);
    expect((await stage.call("GET", `/v1/identities/${id}/agents`)).body).toMatchObject([{ id: agent }]);
    const block = (await stage.call("POST", "/v1/blocks/", { label: "Persona_ada", value: "x" })).body as {
      id: string;
    };
    expect((await stage.call("PATCH", `/v1/blocks/${block.id}/identities/attach/${id}`)).status).toBe(200);
    expect((await stage.call("GET", `/v1/blocks/?identity_id=${id}`)).body).toMatchObject([{ id: block.id }]);
    expect((await stage.call("GET", `/v1/identities/${id}/blocks`)).body).toMatchObject([{ id: block.id }]);
    expect((await stage.call("GET", `/v1/identities/${id}`)).body).toMatchObject({ agent_ids: [], block_ids: [] });
    await stage.call("PATCH", `/v1/agents/${agent}/identities/detach/${id}`);
    expect((await stage.call("GET", `/v1/agents/?identifier_keys=${identifier_key}`)).body).toEqual([]);
  }),

  anyServer(
    "MCP servers are kept by their address; local programs and private addresses are refused",
    async (stage) => {
      const make = (more: Json) => stage.call("POST", "/v1/mcp-servers/", { server_name: unique("mcp"), config: more });
      const made = await make(config("https://mcp.example.com/mcp"));
      expect(made).toMatchObject({ status: 200, body: config("https://mcp.example.com/mcp") });
      const { id } = made.body as { id: string };
      expect(id).toMatch(/^mcp_server-/);
      const path = `/v1/mcp-servers/${id}`;
      expect((await stage.call("GET", path)).status).toBe(200);
      expect((await stage.call("GET", `${path}/tools`)).body).toEqual([]);
      expect((await make({ mcp_server_type: "stdio", command: "true", args: [] })).status).toBe(400);
      expect((await make(config("http://127.0.0.1:1/mcp"))).status).toBe(422);
      expect((await stage.call("DELETE", path)).status).toBe(204);
      expect((await stage.call("GET", path)).status).toBe(404);
    },
  ),
];
