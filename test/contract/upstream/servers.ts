/** The server itself: health, models, and what only Letta Cloud has. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { type Json, scriptedModel } from "./stage.ts";

const cloudOnly = [
  ["GET", "/v1/templates/"],
  ["GET", "/v1/environments/"],
  ["GET", "/v1/projects"],
  ["GET", "/v1/metadata/user"],
  ["GET", "/v1/metadata/balance"],
  ["POST", "/v1/client-side-access-tokens"],
] as const;

export const servers: readonly Case[] = [
  anyServer("health tells the version to everybody", async (stage) => {
    for (const path of ["/v1/health/"])
      expect((await stage.callBare("GET", path)).body).toEqual({ version: "0.16.7", status: "ok" });
  }),

  anyServer("models are listed by handle, letta-free among them on every server", async (stage) => {
    const models = (await stage.call("GET", "/v1/models/")).body as Json[];
    const handles = models.map(({ handle }) => handle);
    expect(handles).toContain("letta/letta-free");
    const one = models.find(({ handle }) => handle === scriptedModel);
    expect(one).toMatchObject({
      name: "fake-model",
      model_type: "llm",
      provider_type: "openai",
      max_context_window: 30_000,
    });
    const embeddings = (await stage.call("GET", "/v1/models/embedding")).body as Json[];
    expect(embeddings.map(({ handle }) => handle)).toContain("openai/text-embedding-3-small");
  }),

  ...cloudOnly.map(([method, path]) =>
    anyServer(`${method} ${path} is only of Cloud: 404`, async (stage) => {
      const body = method === "POST" ? {} : undefined;
      expect(await stage.call(method, path, body)).toEqual({ status: 404, body: { detail: "Not Found" } });
    }),
  ),

  anyServer("an agent's schedule is only of Cloud: 404", async (stage) => {
    expect((await stage.call("GET", `/v1/agents/${await stage.agent()}/schedule`)).body).toEqual({
      detail: "Not Found",
    });
  }),

  anyServer("search over messages and tools needs what a server of one's own has not: 400", async (stage) => {
    for (const path of ["/v1/agents/messages/search", "/v1/messages/search", "/v1/tools/search"])
      expect((await stage.call("POST", path, { query: "x" })).status).toBe(400);
  }),
];
