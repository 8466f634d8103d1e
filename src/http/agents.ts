/** Which of the agents a caller has to do with. */
import { Fault } from "../errors.ts";
import type { Agent } from "../store/accounts.ts";
import { type Caller, mayUse } from "./auth.ts";
import type { HttpDeps } from "./context.ts";

type Bounds = Pick<Caller, "agents">;

export const everyAgent: Bounds = { agents: null };

const within = (agents: readonly Agent[], bounds: Bounds): readonly Agent[] =>
  bounds.agents === null ? agents : agents.filter(({ agentId }) => mayUse(bounds, agentId));

/** The agents of the house that the caller's token names, the default first. Throws what `House.agents` throws. */
export const agentsOf = async ({ house }: Pick<HttpDeps, "house">, bounds: Bounds): Promise<readonly Agent[]> =>
  within(await house.agents(), bounds);

/**
 * The agent of this name or id, the first one without a wish. One that is not known may have been made since. Throws
 * `agent_unknown`, also for one that the caller's token does not name.
 */
export const findAgent = async (
  { house }: Pick<HttpDeps, "house">,
  bounds: Bounds,
  wish: string | undefined,
): Promise<Agent> => {
  const among = (agents: readonly Agent[]): Agent | undefined =>
    within(agents, bounds).find((agent) => wish === undefined || agent.name === wish || agent.agentId === wish);
  const found = among(await house.agents()) ?? among(await house.refresh());
  if (found) return found;
  const names = (await agentsOf({ house }, bounds)).map((agent) => agent.name).join(", ");
  throw new Fault("agent_unknown", { message: `Agent not found: ${wish ?? ""}. Available: ${names}` });
};
