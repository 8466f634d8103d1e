import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Simulation } from "../simulation.ts";
import type { Resource } from "../store/resources.ts";
import { newId } from "../wire/ids.ts";
import { idIn, noRow, notUnique } from "../wire/refusals.ts";
import { agentFinder } from "./agent-of.ts";
import { agentShower } from "./agent-state.ts";
import { readBody } from "./body.ts";
import { pageOf } from "./page.ts";
import { queryOf } from "./request.ts";

/** Identities: found by their key, attached to agents and blocks, and never shown to a model. */

const property = z.object({
  key: z.string(),
  value: z.unknown(),
  type: z.enum(["string", "number", "boolean", "json"]),
});

const whole = z.object({
  identifier_key: z.string(),
  name: z.string(),
  identity_type: z.enum(["org", "user", "other"]),
  properties: z.array(property).nullish(),
  agent_ids: z.array(z.string()).nullish(),
  block_ids: z.array(z.string()).nullish(),
});

const part = whole.partial();

export const identityRoutes = (simulation: Simulation): Hono => {
  const { store } = simulation;
  const show = agentShower(simulation);
  const agentOf = agentFinder(simulation);
  const keyed = (key: string): Resource | undefined =>
    store.resources.list("identity").find((one) => one["identifier_key"] === key);

  const found = (c: Context): Resource => {
    const id = idIn("identity", "identity_id", c.req.param("identity") ?? "");
    const identity = store.resources.find("identity", id);
    if (identity === null) throw noRow("Identity", id);
    return identity;
  };
  const change = (identity: Resource, { name, properties }: z.infer<typeof part>): Resource => {
    const changed = { ...identity, ...(name == null ? {} : { name }), ...(properties == null ? {} : { properties }) };
    store.resources.update(changed);
    return changed;
  };

  return (
    new Hono()
      .get("/v1/identities/", (c) => {
        const key = queryOf(c, "identifier_key");
        const name = queryOf(c, "name");
        const identities = store.resources
          .list("identity")
          .filter((one) => key === null || one["identifier_key"] === key)
          .filter((one) => name === null || one["name"] === name);
        return c.json(pageOf(c, identities, "desc"));
      })
      .post("/v1/identities/", async (c) => {
        const { identifier_key, name, identity_type, properties, agent_ids } = await readBody(c, whole);
        if (keyed(identifier_key) !== undefined) throw notUnique("Identity");
        const identity = {
          id: newId("identity"),
          identifier_key,
          name,
          identity_type,
          project_id: null,
          // Always empty: the routes below tell.
          agent_ids: [],
          block_ids: [],
          organization_id: "org-00000000-0000-4000-8000-000000000000",
          properties: properties ?? [],
        };
        store.commit(() => {
          store.resources.insert("identity", identity);
          for (const agent of agent_ids ?? []) store.links.add(agent, "identity", identity.id);
        });
        return c.json(identity);
      })
      // It is called upsert, and finds only what is there (0.16.7).
      .put("/v1/identities/", async (c) => {
        const given = await readBody(c, whole);
        const identity = keyed(given.identifier_key);
        if (identity === undefined) throw noRow("Identity", given.identifier_key);
        return c.json(change(identity, given));
      })
      .get("/v1/identities/:identity", (c) => c.json(found(c)))
      .patch("/v1/identities/:identity", async (c) => c.json(change(found(c), await readBody(c, part))))
      .delete("/v1/identities/:identity", (c) => {
        store.resources.remove(found(c).id);
        return c.json(null);
      })
      .get("/v1/identities/:identity/agents", (c) =>
        c.json(
          store.links
            .owners(found(c).id)
            .flatMap((id) => store.agents.find(id) ?? [])
            .map((agent) => show(c, agent)),
        ),
      )
      .get("/v1/identities/:identity/blocks", (c) =>
        c.json(store.links.owners(found(c).id).flatMap((id) => store.resources.find("block", id) ?? [])),
      )
      .patch("/v1/agents/:agent/identities/:way{attach|detach}/:identity", (c) => {
        const { id: agentId } = agentOf(c);
        const { id } = found(c);
        if (c.req.param("way") === "attach") store.links.add(agentId, "identity", id);
        else store.links.remove(agentId, id);
        return c.json(null);
      })
  );
};
