/** `GET /api/v1/status`: the agents and who talks to them, in LettaBot's shape. */
import type { Agent } from "../store/accounts.ts";
import { agentsOf } from "./agents.ts";
import type { Caller } from "./auth.ts";
import { bindingOf, type ChatPage, visibleChats } from "./chats.ts";
import type { Context } from "hono";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";

/** Chats that are looked through for an answer: the newest. */
const newestChats = 200;

const describeAgent = (deps: HttpDeps, agent: Agent, isDefault: boolean, { chats }: ChatPage) => {
  const own = chats.flatMap((chat) => {
    const bound = bindingOf(deps, chat);
    return bound?.agentId === agent.agentId ? [{ ...chat, conversation: bound.conversation }] : [];
  });
  const slugs = [...deps.bots.known.values()].map(({ slug }) => slug);
  const talking = own.filter(({ kind }) => kind !== "api").map(({ bot }) => bot);
  return {
    agentId: agent.agentId,
    conversationId: "default",
    conversations: Object.fromEntries(
      own.flatMap(({ key, conversation }) => (conversation === null ? [] : [[key, conversation]])),
    ),
    // Who writes to a bot for the first time talks to the first agent.
    channels: [...new Set(isDefault ? [...slugs, ...talking] : talking)],
    baseUrl: deps.upstreamName,
  };
};

export const showStatus = (deps: HttpDeps) => async (_: Context<Env>, caller: Caller) => {
  const [first] = await deps.house.agents();
  const agents = await agentsOf(deps, caller);
  const page = visibleChats(deps, caller, { limit: newestChats });
  const described = new Map<string, ReturnType<typeof describeAgent>>();
  for (const agent of agents) {
    // Two agents may have one name.
    const name = described.has(agent.name) ? agent.agentId : agent.name;
    described.set(name, describeAgent(deps, agent, agent.agentId === first?.agentId, page));
  }
  const { upstreamName: upstream, version } = deps;
  return ok({ agents: Object.fromEntries(described), version, upstream, ready: deps.house.problem() === undefined });
};
