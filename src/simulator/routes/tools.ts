import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Simulation } from "../simulation.ts";
import type { Resource } from "../store/resources.ts";
import { toolState } from "../wire/base-tools.ts";
import { functionName, hasDocstring } from "../wire/python.ts";
import { idIn, noRow, refuse } from "../wire/refusals.ts";
import { readBody } from "./body.ts";
import { pageOf } from "./page.ts";
import { queryOf } from "./request.ts";

/** Tools of the server. Creating one of a known name replaces it and keeps its id, with POST as with PUT. */

const body = z.looseObject({
  source_code: z.string().nullish(),
  description: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  json_schema: z.looseObject({ name: z.string().optional() }).nullish(),
  default_requires_approval: z.boolean().nullish(),
});

const summaryOf = (source: string): string | null => /"""\s*(.+?)\s*(?:\n|""")/.exec(source)?.[1] ?? null;

const stateOf = (given: z.infer<typeof body>): Resource => {
  const source = given.source_code ?? "";
  const name = given.json_schema?.name ?? functionName(source);
  if (name === null || (given.json_schema == null && !hasDocstring(source))) {
    const why = `Schema generation failed: Function ${name ?? "None"} missing docstring`;
    throw refuse(400, `Failed to derive json schema: ${why}`);
  }
  const description = given.description ?? summaryOf(source);
  return toolState(name, "custom", {
    source_code: source,
    source_type: "json",
    description,
    tags: given.tags ?? [],
    default_requires_approval: given.default_requires_approval ?? null,
    json_schema: given.json_schema ?? {
      name,
      description,
      parameters: { type: "object", properties: {}, required: [] },
    },
  });
};

export const toolRoutes = ({ store }: Simulation): Hono => {
  const found = (c: Context): Resource => {
    const id = idIn("tool", "tool_id", c.req.param("tool") ?? "");
    const tool = store.resources.find("tool", id);
    if (tool === null) throw refuse(404, `Tool with id ${id} not found.`);
    return tool;
  };
  const upsert = async (c: Context): Promise<Response> => {
    const tool = stateOf(await readBody(c, body));
    const known = store.resources.list("tool").find(({ name }) => name === tool["name"]);
    if (known === undefined) store.resources.insert("tool", tool);
    else store.resources.update({ ...tool, id: known.id });
    return c.json({ ...tool, id: known?.id ?? tool.id });
  };

  return new Hono()
    .get("/v1/tools/", (c) => {
      const name = queryOf(c, "name");
      const search = queryOf(c, "search");
      const names = c.req.queries("names");
      const types = c.req.queries("tool_types");
      const tools = store.resources
        .list("tool")
        .filter((tool) => name === null || tool["name"] === name)
        .filter((tool) => search === null || String(tool["name"]).includes(search))
        .filter((tool) => names === undefined || names.includes(String(tool["name"])))
        .filter((tool) => types === undefined || types.includes(String(tool["tool_type"])));
      return c.json(pageOf(c, tools, "desc"));
    })
    .post("/v1/tools/", upsert)
    .put("/v1/tools/", upsert)
    .post("/v1/tools/search", () => {
      throw refuse(400, "Tool semantic search requires tool embedding to be enabled (embed_tools=True).");
    })
    .get("/v1/tools/:tool", (c) => c.json(found(c)))
    .patch("/v1/tools/:tool", async (c) => {
      const given = await readBody(c, body);
      const changed = {
        ...found(c),
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value != null)),
      };
      store.resources.update(changed);
      return c.json(changed);
    })
    .delete("/v1/tools/:tool", (c) => {
      const id = idIn("tool", "tool_id", c.req.param("tool"));
      if (store.resources.find("tool", id) === null) throw noRow("Tool", id);
      store.resources.remove(id);
      return c.json(null);
    });
};
