/** From a completion request to a turn: the one that answers it already, or a new one that says what is new. */
import { createHash } from "node:crypto";
import { Fault } from "../../errors.ts";
import { apiChatKey, branchOf } from "../../inbox/request.ts";
import type { Agent } from "../../store/accounts.ts";
import { turnByPublicId } from "../../store/turns.ts";
import type { ReadTurn } from "../../turn/follow.ts";
import { type Caller, isAdmin } from "../auth.ts";
import type { HttpDeps } from "../context.ts";
import { readCallerChat } from "./caller-chat.ts";
import type { CompletionRequest } from "./completion-request.ts";
import { readFresh } from "./fresh.ts";
import { type History, readHistory } from "./history.ts";
import { type Branch, planRequest, type Saying } from "./plan.ts";
import { tell } from "./tell.ts";

export type Question = {
  readonly caller: Caller;
  readonly headers: Headers;
  readonly request: CompletionRequest;
  readonly agent: Agent;
};

/** The branch's part of the chat's key. */
const keyOf = (deps: Pick<HttpDeps, "newTurnId">, branch: Branch): string | undefined => {
  if (branch === "main") return undefined;
  return branch === "new" ? deps.newTurnId().slice(-12) : branchOf(branch.chat);
};

const hashOf = (request: CompletionRequest, { places, instructions }: History, name: string | undefined): string => {
  const said = JSON.stringify([places.at(-1)?.place, instructions, request.model ?? null, name ?? null]);
  return createHash("sha256").update(said).digest("hex");
};

const knownTurn = (deps: HttpDeps, turnId: string | null): ReadTurn => {
  const turn = turnId === null ? undefined : turnByPublicId(deps.store.db, turnId);
  if (turn) return turn;
  throw new Fault("conflict", { message: "This idempotency key belongs to a turn that is no longer kept." });
};

/** Committed before this answers. Throws `bad_request`, `conflict`, `stopping`, `storage_…`. */
export const ask = async (deps: HttpDeps, { caller, headers, request, agent }: Question): Promise<ReadTurn> => {
  const { completions: settings } = deps;
  const { tokenId } = caller;
  const { agentId } = agent;
  const chat = readCallerChat(headers, request.user, settings.chatHeaders);
  const history = readHistory(request.messages);
  const scope = { scope: apiChatKey(tokenId, chat.name), agentId };
  const named = chat.name !== undefined;
  const whole = chat.whole || (!named && settings.unnamed === "history");
  const bodyHash = hashOf(request, history, chat.name);

  const say = (plan: Saying) => {
    const { text, images, name } = readFresh(plan.fresh, deps.limits);
    const { told, instructions } = tell(plan, history, settings.instructions);
    const { withAnswers, since } = plan;
    const branch = keyOf(deps, plan.branch);
    // As in the chat API: what an admin says without naming a chat is said in the agent's own conversation.
    const isShared = isAdmin(caller) && !named && branch === undefined;
    return deps.inbox.hear(
      {
        tokenId,
        agent,
        chat: chat.name,
        branch,
        conversation: isShared ? "shared" : "per-chat",
        text,
        images,
        told,
        speaker: chat.speaker ?? name?.slice(0, 64),
        idempotencyKey: request.idempotencyKey,
        bodyHash,
      },
      {
        ...scope,
        place: history.places.at(-1)?.place ?? "",
        withAnswers,
        instructions,
        ...(since === undefined ? {} : { since }),
      },
    );
  };

  for (;;) {
    const stopping = deps.stopping();
    if (stopping) throw stopping;
    const { isRetry } = request;
    const plan = planRequest(deps.store.db, scope, history, { named, whole, isRetry, at: deps.now() });
    if (plan.kind === "join") return knownTurn(deps, plan.turnId);
    const accepted = await say(plan);
    // Whoever came in between was accepted, so this comes to an end.
    if (accepted.outcome === "overtaken") continue;
    if (accepted.outcome !== "duplicate") {
      const { turn: id, turnId: publicId, lane: conversationId } = accepted;
      return { id, publicId, conversationId, agentId };
    }
    if (accepted.conflict) {
      throw new Fault("conflict", { message: "This idempotency key was used with another body." });
    }
    return knownTurn(deps, accepted.turnId);
  }
};
