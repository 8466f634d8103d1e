import { type Context, Hono } from "hono";
import { z } from "zod";
import { recompile } from "../run/prompt.ts";
import type { Simulation } from "../simulation.ts";
import type { Resource } from "../store/resources.ts";
import { blockState } from "../wire/block.ts";
import { idIn, noRow, refuse } from "../wire/refusals.ts";
import { agentShower } from "./agent-state.ts";
import { readBody } from "./body.ts";
import { pageOf } from "./page.ts";
import { queryOf } from "./request.ts";

/** Memory blocks. Nothing here minds a block's `limit`, as in the real server. */

const settable = z.object({
  value: z.string().nullish(),
  label: z.string().nullish(),
  limit: z.number().int().nullish(),
  description: z.string().nullish(),
  read_only: z.boolean().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  tags: z.array(z.string()).nullish(),
});

export const newBlock = settable.extend({ value: z.string(), label: z.string() });

const given = (fields: z.infer<typeof settable>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

/** A block's text changed: the default conversations of its agents are compiled anew, and no others. */
export const changeBlock = (simulation: Simulation, block: Resource, fields: z.infer<typeof settable>): Resource => {
  const { store } = simulation;
  const changed = { ...block, ...given(fields) };
  store.commit(() => {
    store.resources.update(changed);
    for (const owner of store.links.owners(block.id)) recompile(simulation, { agentId: owner, conversationId: null });
  });
  return changed;
};

export const changedFields = settable;

export const blockRoutes = (simulation: Simulation): Hono => {
  const { store } = simulation;
  const show = agentShower(simulation);

  const found = (c: Context): Resource => {
    const id = idIn("block", "block_id", c.req.param("block") ?? "");
    const block = store.resources.find("block", id);
    if (block === null) throw refuse(404, `Block with id '${id}' not found`);
    return block;
  };

  return new Hono()
    .get("/v1/blocks/", (c) => {
      const label = queryOf(c, "label");
      const value = queryOf(c, "value_search");
      const identity = queryOf(c, "identity_id");
      const blocks = store.resources
        .list("block")
        .filter((block) => label === null || block["label"] === label)
        .filter((block) => value === null || String(block["value"]).includes(value))
        .filter((block) => identity === null || store.links.owners(identity).includes(block.id));
      return c.json(pageOf(c, blocks, "asc"));
    })
    .post("/v1/blocks/", async (c) => {
      const block = blockState(await readBody(c, newBlock), false);
      store.resources.insert("block", block);
      return c.json(block);
    })
    .get("/v1/blocks/:block", (c) => c.json(found(c)))
    .patch("/v1/blocks/:block", async (c) => c.json(changeBlock(simulation, found(c), await readBody(c, settable))))
    .delete("/v1/blocks/:block", (c) => {
      const id = idIn("block", "block_id", c.req.param("block"));
      if (store.resources.find("block", id) === null) throw noRow("Block", id);
      store.resources.remove(id);
      return c.json(null);
    })
    .get("/v1/blocks/:block/agents", (c) =>
      c.json(
        store.links
          .owners(found(c).id)
          .flatMap((id) => store.agents.find(id) ?? [])
          .map((agent) => show(c, agent)),
      ),
    )
    .patch("/v1/blocks/:block/identities/:way{attach|detach}/:identity", (c) => {
      const block = found(c);
      const { way, identity } = c.req.param();
      if (way === "attach") store.links.add(block.id, "identity", identity);
      else store.links.remove(block.id, identity);
      return c.json(block);
    });
};
