import type { Simulation } from "../simulation.ts";
import type { RunType } from "../store/runs.ts";
import { isId } from "../wire/ids.ts";
import { conversationIdIn, noAgent, noRow } from "../wire/refusals.ts";

/** Where a message goes: `conversationId` null is the agent's default conversation. */
export type Place = {
  readonly agentId: string;
  readonly conversationId: string | null;
  /** What a run there locks when the server has Redis. */
  readonly lock: string;
  readonly runType: RunType;
};

/** The agent meant by `default` with an agent's id beside it, or by an agent's id in the place of a conversation's. */
export const directAgent = (conversationId: string, agentId: string | null): string | null => {
  if (conversationId === "default") return agentId;
  return isId("agent", conversationId) ? conversationId : null;
};

export const agentPlace = ({ store }: Simulation, agentId: string): Place => {
  if (store.agents.find(agentId) === null) throw noAgent(agentId);
  return { agentId, conversationId: null, lock: agentId, runType: "send_message" };
};

/** 404 for what is not there, also for a bare `default`; 422 for what is no id. */
export const conversationPlace = (simulation: Simulation, conversationId: string, agentId: string | null): Place => {
  const direct = directAgent(conversationId, agentId);
  if (direct !== null) return agentPlace(simulation, direct);
  if (conversationId === "default") throw noRow("Conversation", conversationId);
  const row = simulation.store.conversations.find(conversationIdIn(conversationId));
  if (row === null) throw noRow("Conversation", conversationId);
  return {
    agentId: row.agentId,
    conversationId: row.id,
    lock: row.id,
    runType: "send_conversation_message",
  };
};
