import type { Context } from "hono";
import type { Simulation } from "../simulation.ts";
import type { AgentRow } from "../store/agents.ts";
import { idIn, noAgent } from "../wire/refusals.ts";

/** The agent that a route names as `:agent`; refuses one that does not exist. */
export const agentFinder =
  ({ store }: Simulation) =>
  (c: Context): AgentRow => {
    const id = idIn("agent", "agent_id", c.req.param("agent") ?? "");
    const agent = store.agents.find(id);
    if (agent === null) throw noAgent(id);
    return agent;
  };
