import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Simulation } from "../simulation.ts";
import type { Resource } from "../store/resources.ts";
import { newId } from "../wire/ids.ts";
import { idIn, invalid, noRow, problem, refuse } from "../wire/refusals.ts";
import { readBody } from "./body.ts";

/** MCP servers by their address. Nobody connects to them here, so they bring no tools. */

const body = z.object({
  server_name: z.string(),
  config: z.looseObject({
    mcp_server_type: z.enum(["stdio", "sse", "streamable_http"]),
    server_url: z.string().nullish(),
  }),
});

const isPrivate = (address: string): boolean => {
  const host = URL.parse(address)?.hostname ?? "";
  return host === "localhost" || /^(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(host) || host === "[::1]";
};

const stateOf = (id: string, { server_name, config }: z.infer<typeof body>): Resource => {
  const { mcp_server_type, server_url } = config;
  if (mcp_server_type === "stdio") {
    throw refuse(400, "MCP stdio servers are disabled. Set MCP_DISABLE_STDIO=false to enable them.");
  }
  if (server_url == null || isPrivate(server_url)) {
    const loc = ["body", "config", mcp_server_type, "server_url"];
    throw invalid(problem("value_error", loc, "Value error, Non-public IP not allowed", server_url ?? ""));
  }
  return { mcp_server_type, server_url, auth_header: null, auth_token: null, custom_headers: null, id, server_name };
};

export const mcpServerRoutes = ({ store }: Simulation): Hono => {
  const found = (c: Context): Resource => {
    const id = idIn("mcp_server", "mcp_server_id", c.req.param("server") ?? "");
    const server = store.resources.find("mcp_server", id);
    if (server === null) throw noRow("MCPServer", id);
    return server;
  };

  return new Hono()
    .get("/v1/mcp-servers/", (c) => c.json(store.resources.list("mcp_server")))
    .post("/v1/mcp-servers/", async (c) => {
      const server = stateOf(newId("mcp_server"), await readBody(c, body));
      store.resources.insert("mcp_server", server);
      return c.json(server);
    })
    .get("/v1/mcp-servers/:server", (c) => c.json(found(c)))
    .patch("/v1/mcp-servers/:server", async (c) => {
      const server = stateOf(found(c).id, await readBody(c, body));
      store.resources.update(server);
      return c.json(server);
    })
    .delete("/v1/mcp-servers/:server", (c) => {
      store.resources.remove(found(c).id);
      return c.body(null, 204);
    })
    .get("/v1/mcp-servers/:server/tools", (c) => {
      found(c);
      return c.json([]);
    });
};
