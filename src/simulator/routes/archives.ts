import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Simulation } from "../simulation.ts";
import type { Resource } from "../store/resources.ts";
import { newId, timestamp } from "../wire/ids.ts";
import { idIn, noRow } from "../wire/refusals.ts";
import { agentFinder } from "./agent-of.ts";
import { readBody } from "./body.ts";
import { embeddingConfig } from "./models.ts";
import { pageOf } from "./page.ts";
import { queryOf } from "./request.ts";

/** Archives and the passages in them. Unlike all else here this was never compared with a server on Postgres. */

const fields = z.object({
  name: z.string().nullish(),
  description: z.string().nullish(),
  embedding: z.string().nullish(),
});

const passage = z.object({ text: z.string(), tags: z.array(z.string()).nullish() });

const user = "user-00000000-0000-4000-8000-000000000000";

export const archiveRoutes = (simulation: Simulation): Hono => {
  const { store, now } = simulation;
  const made = () => {
    const at = timestamp(now());
    return { created_by_id: user, last_updated_by_id: user, created_at: at, updated_at: at };
  };
  const found = (c: Context): Resource => {
    const id = idIn("archive", "archive_id", c.req.param("archive") ?? "");
    const archive = store.resources.find("archive", id);
    if (archive === null) throw noRow("Archive", id);
    return archive;
  };
  const agentOf = agentFinder(simulation);
  const addArchive = (name: string, description: string | null, embedding: string | null): Resource => {
    const archive = {
      ...made(),
      name,
      description,
      vector_db_provider: "native",
      embedding_config: embedding === null ? null : embeddingConfig(embedding),
      metadata: null,
      id: newId("archive"),
    };
    store.resources.insert("archive", archive);
    return archive;
  };
  const addPassage = (archiveId: string, { text, tags }: z.infer<typeof passage>): Resource => {
    const one = {
      ...made(),
      is_deleted: false,
      archive_id: archiveId,
      text,
      tags: tags ?? [],
      metadata: {},
      embedding: null,
      id: newId("passage"),
    };
    store.resources.insert("passage", one);
    return one;
  };
  /** An agent's first passage makes its archive. */
  const archiveOf = (agentId: string): Resource => {
    const [first] = store.links.of(agentId, "archive");
    if (first !== undefined) return first;
    const archive = addArchive("archive", null, null);
    store.links.add(agentId, "archive", archive.id);
    return archive;
  };
  const passagesOf = (agentId: string): readonly Resource[] => {
    const archives = new Set(store.links.of(agentId, "archive").map(({ id }) => id));
    return store.resources.list("passage").filter((one) => archives.has(String(one["archive_id"])));
  };

  return new Hono()
    .get("/v1/archives/", (c) => {
      const agent = queryOf(c, "agent_id");
      return c.json(
        pageOf(c, agent === null ? store.resources.list("archive") : store.links.of(agent, "archive"), "desc"),
      );
    })
    .post("/v1/archives/", async (c) => {
      const { name, description, embedding } = await readBody(c, fields);
      return c.json(addArchive(name ?? "archive", description ?? null, embedding ?? null));
    })
    .get("/v1/archives/:archive", (c) => c.json(found(c)))
    .patch("/v1/archives/:archive", async (c) => {
      const { name, description } = await readBody(c, fields);
      const archive = found(c);
      const changed = { ...archive, name: name ?? archive["name"], description: description ?? archive["description"] };
      store.resources.update(changed);
      return c.json(changed);
    })
    .delete("/v1/archives/:archive", (c) => {
      store.resources.remove(found(c).id);
      return c.body(null, 204);
    })
    .post("/v1/archives/:archive/passages", async (c) => c.json(addPassage(found(c).id, await readBody(c, passage))))
    .patch("/v1/agents/:agent/archives/attach/:archive", (c) => {
      store.links.add(agentOf(c).id, "archive", found(c).id);
      return c.json(null);
    })
    .patch("/v1/agents/:agent/archives/detach/:archive", (c) => {
      store.links.remove(agentOf(c).id, c.req.param("archive"));
      return c.json(null);
    })
    .get("/v1/agents/:agent/archival-memory", (c) => c.json(pageOf(c, passagesOf(agentOf(c).id), "asc")))
    .post("/v1/agents/:agent/archival-memory", async (c) =>
      c.json([addPassage(archiveOf(agentOf(c).id).id, await readBody(c, passage))]),
    )
    .get("/v1/agents/:agent/archival-memory/search", (c) => {
      const query = (queryOf(c, "query") ?? "").toLowerCase();
      const results = passagesOf(agentOf(c).id)
        .filter(({ text }) => String(text).toLowerCase().includes(query))
        .map(({ id, text, tags, created_at }) => ({ id, content: text, tags, timestamp: created_at }));
      return c.json({ results, count: results.length });
    });
};
