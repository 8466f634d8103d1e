/** Whom a chat talks to, for commands that need no agent and tell of it. */
import { chosenAgent } from "../store/bindings.ts";
import { listAgents } from "./agent-words.ts";
import type { CommandContext } from "./command.ts";

export type AgentHere = { readonly agentId: string; readonly agentName: string };

/** Undefined while no agent is known; the server is asked for them then. */
export const agentHere = async (
  context: Pick<CommandContext, "store" | "house" | "chat">,
): Promise<AgentHere | undefined> => {
  const { store, house, chat } = context;
  const chosen = chosenAgent(store.db, { chat: chat.id, account: house.account, server: house.server });
  if (chosen) return chosen;
  const [first] = await listAgents(context);
  return first && { agentId: first.agentId, agentName: first.name };
};
