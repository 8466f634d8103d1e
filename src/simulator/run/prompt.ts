import type { Simulation } from "../simulation.ts";
import type { ConversationOf } from "../store/messages.ts";
import { systemPromptMessage, type WireMessage } from "../wire/messages.ts";
import { compilePrompt, type PromptBlock } from "../wire/prompt.ts";
import { demoSystem } from "../wire/states.ts";

/**
 * When the prompt is compiled, and when it is not: at the beginning of a conversation, when somebody asks for it, and in
 * the default conversation when a block's text changes. Attaching or detaching a block changes nothing before that.
 */

export const promptOf = ({ store }: Simulation, { agentId, conversationId }: ConversationOf): string => {
  const system = store.agents.find(agentId)?.fields["system"];
  const blocks = store.links.of(agentId, "block") as unknown as readonly PromptBlock[];
  return compilePrompt(typeof system === "string" ? system : demoSystem, blocks, agentId, conversationId ?? "default");
};

/** The first message of a new conversation: the prompt, compiled unless it is given. */
export const beginConversation = (simulation: Simulation, where: ConversationOf, given?: string): void => {
  const prompt = systemPromptMessage(simulation.now(), given ?? promptOf(simulation, where));
  simulation.store.messages.append(where, [{ role: "system", parts: [prompt] }]);
};

/** Compiles the prompt anew; answers the one that it replaces, or null when there is none. `dryRun` leaves it in place. */
export const recompile = (simulation: Simulation, where: ConversationOf, dryRun = false): string | null => {
  const { messages } = simulation.store;
  const [row] = messages.context(where);
  if (row === undefined) return null;
  const [message] = JSON.parse(row.body) as readonly WireMessage[];
  if (message === undefined) return null;
  if (!dryRun) messages.rewrite(row.n, [{ ...message, content: promptOf(simulation, where) }]);
  return String(message["content"]);
};
