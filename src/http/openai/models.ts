/** `/v1/models`: agents as models. */
import type { Context } from "hono";
import { asFault, Fault } from "../../errors.ts";
import type { Agent } from "../../store/accounts.ts";
import { agentsOf, findAgent } from "../agents.ts";
import type { Caller } from "../auth.ts";
import type { Env, HttpDeps } from "../context.ts";
import { ok } from "../reply.ts";

/** What an agent is called as a model: its name, or its id where another has the same name. */
export const modelId = (agents: readonly Agent[], { name, agentId }: Agent): string =>
  agents.filter((agent) => agent.name === name).length > 1 ? agentId : name;

/** The agent of a model, the first one without a wish. Throws `agent_unknown`, which lists those there are. */
export const findModel = async (
  deps: HttpDeps,
  caller: Caller,
  wish: string | undefined,
): Promise<{ readonly agent: Agent; readonly model: string }> => {
  try {
    const agent = await findAgent(deps, caller, wish);
    return { agent, model: modelId(await agentsOf(deps, caller), agent) };
  } catch (error) {
    const fault = asFault(error);
    if (fault.code !== "agent_unknown") throw fault;
    const agents = await agentsOf(deps, caller);
    const known = agents.map((agent) => modelId(agents, agent)).join(", ");
    throw new Fault("agent_unknown", { message: `Model not found: ${wish ?? ""}. Available: ${known}` });
  }
};

const describeModel = (deps: HttpDeps, id: string) => ({
  id,
  object: "model",
  // Nobody keeps when an agent was made, and clients want a number.
  created: Math.floor(deps.now() / 1_000),
  owned_by: "lettabox",
});

export const listModels = (deps: HttpDeps) => async (_: Context<Env>, caller: Caller) => {
  const agents = await agentsOf(deps, caller);
  return ok({ object: "list", data: agents.map((agent) => describeModel(deps, modelId(agents, agent))) });
};

export const showModel = (deps: HttpDeps) => async (c: Context<Env>, caller: Caller) => {
  const { model } = await findModel(deps, caller, c.req.param("model"));
  return ok(describeModel(deps, model));
};
