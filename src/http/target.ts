/** Which agent and which conversation a chat request means. */
import { Fault } from "../errors.ts";
import { type Agent, agentOfConversation } from "../store/accounts.ts";
import type { TurnRequest } from "../store/inbox.ts";
import { agentsOf, findAgent } from "./agents.ts";
import { type Caller, isAdmin } from "./auth.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { HttpDeps } from "./context.ts";

export type Target = { readonly agent: Agent; readonly conversation: TurnRequest["conversation"] };

/** Whether it is an id as Letta gives them to conversations that it makes. */
export const isConversationId = (id: string): boolean => /^conv-[0-9a-f-]{36}$/.test(id);

/**
 * Which agent and conversation a request means. A conversation brings its agent along; one that is another's is answered
 * like one that does not exist.
 */
export const findTarget = async (deps: HttpDeps, caller: Caller, request: ChatRequest): Promise<Target> => {
  const agent = await findAgent(deps, caller, request.agent);
  const { conversation: upstreamId, chat } = request;
  if (upstreamId === undefined) {
    return { agent, conversation: isAdmin(caller) && chat === undefined ? "shared" : "per-chat" };
  }
  const missing = new Fault("not_found", { message: `Conversation not found: ${upstreamId}` });
  if (isAdmin(caller) && upstreamId === "default") return { agent, conversation: { upstreamId } };
  if (!isConversationId(upstreamId)) throw missing;
  const whose = isAdmin(caller) ? {} : { tokenId: caller.tokenId };
  const known = agentOfConversation(deps.store.db, { server: deps.house.server, upstreamId, ...whose });
  // An admin may name one that was made elsewhere: the Letta server says whether it exists.
  if (known === undefined && isAdmin(caller)) return { agent, conversation: { upstreamId } };
  const its = (await agentsOf(deps, caller)).find(({ agentId }) => agentId === known);
  if (!its || (request.agent !== undefined && its.agentId !== agent.agentId)) throw missing;
  return { agent: its, conversation: { upstreamId } };
};
