/** The house account: the operator's own, from the configuration. Finds out which agents it may use. */
import { asFault, Fault } from "../errors.ts";
import type { AgentInfo, Upstream } from "../letta/upstream.ts";
import type { Log } from "../log.ts";
import { pause } from "../pause.ts";
import { accountById, type Agent, agentsOfAccount } from "../store/accounts.ts";
import { isOwnAgentName } from "../store/own-agents.ts";
import type { Store } from "../store/store.ts";

/** The name of the agent that is made when the account has none and the configuration names none. */
const firstAgentName = "lettabox";
const firstRetryMs = 1_000;
const longestRetryMs = 30_000;
/** How often a rejected account is tried again: its owner may have mended the key or bought credits. */
const mendedCheckMs = 60_000;
/** How often somebody's wish for an agent that is not known asks the server again. */
const refreshMs = 10_000;

export type House = {
  readonly account: number;
  readonly server: string;
  /** The agents that may be used, the default first, by what the server said last. */
  known(): readonly Agent[];
  /** The same. Asks the server when none is known yet; throws why it could not. */
  agents(): Promise<readonly Agent[]>;
  /** Asks the server again, now and then: agents come and go there. Best effort; answers what `agents` does. */
  refresh(): Promise<readonly Agent[]>;
  /** Why the house account cannot be used right now; undefined when it can. */
  problem(): Fault | undefined;
  /** Looks the agents up until it worked, and again whenever the account was paused; `onMended` when it is not any more. */
  start(onMended: () => void): Promise<void>;
  stop(): void;
};

export const createHouse = async (deps: {
  readonly store: Store;
  readonly upstream: Upstream;
  readonly agentIds: readonly string[];
  readonly agentNames: readonly string[];
  readonly log: Log;
  readonly now: () => number;
}): Promise<House> => {
  const { store, upstream, agentIds, agentNames, log } = deps;
  const owner = "house";
  const { id: account } = await store.write.ensureAccount({ owner, server: upstream.server, at: deps.now() });
  await store.write.awaitAgentOf({ account, owner });
  const stopping = new AbortController();
  let problem: Fault | undefined = new Fault("letta_unreachable", { message: "Letta has not been asked yet." });
  /** Turns of the account may run again. */
  let onMended: (() => void) | undefined;
  let looking: Promise<void> | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;

  /** Which of the remembered agents the configuration allows; all of them when it names none. */
  const findAllowed = (): readonly Agent[] => {
    const known = agentsOfAccount(store.db, account);
    if (agentIds.length === 0 && agentNames.length === 0) return known;
    const wanted = [...agentIds, ...agentNames];
    const place = (agent: Agent): number => {
      const byId = wanted.indexOf(agent.agentId);
      return byId >= 0 ? byId : wanted.indexOf(agent.name);
    };
    return known.filter((agent) => place(agent) >= 0).toSorted((a, b) => place(a) - place(b));
  };
  /** Every request asks for them, and only `look` changes them. */
  let allowed = findAllowed();
  // What the configuration allows no more, no chat may have chosen.
  if (allowed.length < agentsOfAccount(store.db, account).length) {
    const agents = allowed.map(({ agentId: id, name }) => ({ id, name }));
    await store.write.rememberAgents({ account, owner, agents });
  }

  const byName = async (name: string, abort: AbortSignal): Promise<readonly AgentInfo[]> => {
    const found = await upstream.listAgents({ name }, abort);
    if (found.length > 0) return found;
    throw new Fault("letta_agent_missing", {
      message: `The Letta server has no agent named "${name}".`,
      hint: "Correct LETTA_AGENT_NAME, or make the agent.",
    });
  };

  const findAgents = async (abort: AbortSignal): Promise<readonly AgentInfo[]> => {
    if (agentIds.length > 0 || agentNames.length > 0) {
      const ids = await Promise.all(agentIds.map((id) => upstream.retrieveAgent(id, abort)));
      const names = await Promise.all(agentNames.map((name) => byName(name, abort)));
      return [...ids, ...names.flat()];
    }
    const all = (await upstream.listAgents({}, abort)).filter(({ name }) => !isOwnAgentName(name));
    return all.length > 0 ? all : [await upstream.createAgent(firstAgentName, abort)];
  };

  const look = async (): Promise<void> => {
    try {
      const agents = await findAgents(AbortSignal.any([stopping.signal, AbortSignal.timeout(60_000)]));
      await store.write.rememberAgents({ account, owner, agents });
      allowed = findAllowed();
      problem = undefined;
      if (await store.write.resumeAccount({ account })) onMended?.();
    } catch (error) {
      problem = asFault(error);
      throw problem;
    }
  };

  const lookOnce = (): Promise<void> =>
    (looking ??= look().finally(() => {
      looking = undefined;
    }));

  return {
    account,
    server: upstream.server,
    problem: () => problem,
    known: () => allowed,
    agents: async () => {
      if (allowed.length === 0) await lookOnce();
      return allowed;
    },
    refresh: async () => {
      if (deps.now() - refreshedAt >= refreshMs) {
        refreshedAt = deps.now();
        await lookOnce().catch((error: unknown) => log.info("house.not-refreshed", { fault: asFault(error) }));
      }
      return allowed;
    },
    start: async (mended) => {
      onMended = mended;
      const rest = (ms: number) => pause(ms, stopping.signal);
      let waitMs = firstRetryMs;
      while (!stopping.signal.aborted) {
        const paused = accountById(store.db, account)?.pausedAt != null;
        if (problem === undefined && !paused) {
          await rest(mendedCheckMs);
          continue;
        }
        try {
          await lookOnce();
          waitMs = firstRetryMs;
        } catch (error) {
          if (stopping.signal.aborted) return;
          log.warn("house.not-ready", { upstream: upstream.server, fault: asFault(error) });
          await rest(paused ? mendedCheckMs : waitMs);
          waitMs = Math.min(waitMs * 2, longestRetryMs);
        }
      }
    },
    stop: () => stopping.abort(),
  };
};
