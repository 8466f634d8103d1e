import { type Context, Hono } from "hono";
import { attachBlock } from "../run/add-agent.ts";
import type { Simulation } from "../simulation.ts";
import type { Resource } from "../store/resources.ts";
import { idIn, refuse } from "../wire/refusals.ts";
import { agentFinder } from "./agent-of.ts";
import { agentShower } from "./agent-state.ts";
import { changeBlock, changedFields } from "./blocks.ts";
import { readBody } from "./body.ts";
import { pageOf } from "./page.ts";

/** The blocks of one agent. Attaching and detaching leave the compiled prompt as it is. */

const path = "/v1/agents/:agent/core-memory/blocks";

export const agentBlockRoutes = (simulation: Simulation): Hono => {
  const { store } = simulation;
  const show = agentShower(simulation);

  const agentOf = agentFinder(simulation);
  const labelled = (c: Context): Resource => {
    const { id } = agentOf(c);
    const label = c.req.param("label") ?? "";
    const block = store.links.of(id, "block").find((one) => one["label"] === label);
    if (block === undefined) throw refuse(404, `No block with label '${label}' found for agent '${id}'`);
    return block;
  };

  return new Hono()
    .get(path, (c) => c.json(pageOf(c, store.links.of(agentOf(c).id, "block"), "asc")))
    .get(`${path}/:label`, (c) => c.json(labelled(c)))
    .patch(`${path}/attach/:block`, (c) => {
      const agent = agentOf(c);
      const id = idIn("block", "block_id", c.req.param("block"));
      const block = store.resources.find("block", id);
      if (block === null) throw refuse(404, `Block with id '${id}' not found`);
      attachBlock(simulation, agent.id, block);
      return c.json(show(c, agent, true));
    })
    .patch(`${path}/detach/:block`, (c) => {
      const agent = agentOf(c);
      const id = idIn("block", "block_id", c.req.param("block"));
      if (!store.links.remove(agent.id, id))
        throw refuse(404, `No block with id '${id}' found for agent '${agent.id}'`);
      return c.json(show(c, agent, true));
    })
    .patch(`${path}/:label`, async (c) =>
      c.json(changeBlock(simulation, labelled(c), await readBody(c, changedFields))),
    );
};
