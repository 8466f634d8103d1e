import { type Context, Hono } from "hono";
import { z } from "zod";
import { runTool } from "../run/tools.ts";
import type { Simulation } from "../simulation.ts";
import type { AgentRow } from "../store/agents.ts";
import { idIn, refuse } from "../wire/refusals.ts";
import { agentFinder } from "./agent-of.ts";
import { readBody } from "./body.ts";
import { pageOf } from "./page.ts";
import { agentShower } from "./agent-state.ts";
import { isSdk } from "./request.ts";

/** The tools of one agent, and which of them somebody must approve. */

// An extra field is refused here and nowhere else: the SDK sends `body_requires_approval`, which the server does not know.
const approval = z.strictObject({ requires_approval: z.boolean() });

const call = z.looseObject({ args: z.record(z.string(), z.unknown()).nullish() });

type Rule = { readonly type: string; readonly tool_name: string };

export const agentToolRoutes = (simulation: Simulation): Hono => {
  const { store, now } = simulation;
  const show = agentShower(simulation);

  const agentOf = agentFinder(simulation);
  /** SDK clients are told nothing, all others the whole agent. */
  const changed = (c: Context, agent: AgentRow): Response => c.json(isSdk(c) ? null : show(c, agent));

  return new Hono()
    .get("/v1/agents/:agent/tools", (c) => c.json(pageOf(c, store.links.of(agentOf(c).id, "tool"), "desc")))
    .patch("/v1/agents/:agent/tools/attach/:tool", (c) => {
      const agent = agentOf(c);
      const id = idIn("tool", "tool_id", c.req.param("tool"));
      if (store.resources.find("tool", id) === null) {
        throw refuse(404, `Tool with id=${id} not found in organization=org-00000000-0000-4000-8000-000000000000`);
      }
      store.links.add(agent.id, "tool", id);
      return changed(c, agent);
    })
    .patch("/v1/agents/:agent/tools/detach/:tool", (c) => {
      const agent = agentOf(c);
      store.links.remove(agent.id, idIn("tool", "tool_id", c.req.param("tool")));
      return changed(c, agent);
    })
    .patch("/v1/agents/:agent/tools/approval/:name", async (c) => {
      const agent = agentOf(c);
      const { requires_approval } = await readBody(c, approval);
      const tool_name = c.req.param("name");
      const rules = ((agent.fields["tool_rules"] ?? []) as readonly Rule[]).filter(
        (rule) => rule.type !== "requires_approval" || rule.tool_name !== tool_name,
      );
      const added = requires_approval ? [{ tool_name, type: "requires_approval", prompt_template: null }] : [];
      store.agents.update({ ...agent, fields: { ...agent.fields, tool_rules: [...rules, ...added] } }, now());
      return changed(c, agent);
    })
    .post("/v1/agents/:agent/tools/:name/run", async (c) => {
      const agent = agentOf(c);
      const { args } = await readBody(c, call);
      const where = { agentId: agent.id, conversationId: null };
      const asked = { name: c.req.param("name"), arguments: JSON.stringify(args ?? {}), tool_call_id: "" };
      const { status, text } = runTool(simulation, where, asked);
      return c.json({
        status,
        func_return: text,
        stdout: [],
        stderr: [],
        agent_state: null,
        sandbox_config_fingerprint: null,
      });
    });
};
