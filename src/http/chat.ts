/** `POST /api/v1/chat` and `/api/v1/chat/async`: accept, then follow the turn. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import type { Agent } from "../store/accounts.ts";
import { tokenKnowsConversation } from "../store/accounts.ts";
import type { TurnRequest } from "../store/inbox.ts";
import type { Turn } from "../store/lanes.ts";
import { turnByPublicId } from "../store/turns.ts";
import { follow, startOfTurn } from "../turn/follow.ts";
import type { LiveEvent } from "../turn/live-event.ts";
import { authenticate, type Caller, demand, isAdmin } from "./auth.ts";
import { type ChatRequest, readChatRequest } from "./chat-request.ts";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";
import { sseResponse } from "./sse.ts";

type Result = Extract<LiveEvent, { type: "result" }>;

const findAgent = (agents: readonly Agent[], wish: string | undefined): Agent => {
  const found = wish === undefined ? agents[0] : agents.find((agent) => agent.name === wish || agent.agentId === wish);
  if (found) return found;
  const names = agents.map((agent) => agent.name).join(", ");
  throw new Fault("agent_unknown", { message: `Agent not found: ${wish ?? ""}. Available: ${names}` });
};

/** Which conversation a request means; what is another's is answered like what does not exist. */
const findConversation = (deps: HttpDeps, caller: Caller, request: ChatRequest): TurnRequest["conversation"] => {
  const { conversation, chat } = request;
  if (conversation === undefined) return isAdmin(caller) && chat === undefined ? "shared" : "per-chat";
  const mine = isAdmin(caller) || tokenKnowsConversation(deps.store.db, caller.tokenId, conversation);
  const wellFormed = conversation === "default" || /^conv-[0-9a-f-]{36}$/.test(conversation);
  if (mine && wellFormed) return { upstreamId: conversation };
  throw new Fault("not_found", { message: `Conversation not found: ${conversation}` });
};

type Accepted = { readonly turn: Turn; readonly request: ChatRequest };

/** Everything up to the commit: the checks in LettaBot's order, then the row. */
const accept = async (deps: HttpDeps, c: Context<Env>): Promise<Accepted> => {
  const caller = authenticate({ ...deps, db: deps.store.db }, c.req.raw.headers, c.env);
  demand(caller, "chat");
  const request = await readChatRequest(c.req.raw, deps.limits);
  const stopping = deps.stopping();
  if (stopping) throw stopping;
  const agent = findAgent(await deps.house.agents(), request.agent);
  const accepted = await deps.inbox.request({
    tokenId: caller.tokenId,
    text: request.message,
    agent,
    chat: request.chat,
    conversation: findConversation(deps, caller, request),
    idempotencyKey: request.idempotencyKey,
    bodyHash: request.bodyHash,
  });
  if (accepted.outcome === "duplicate" && accepted.conflict) {
    throw new Fault("conflict", { message: "This idempotency key was used with another body." });
  }
  const turn = accepted.turnId === null ? undefined : turnByPublicId(deps.store.db, accepted.turnId);
  if (!turn) throw new Fault("conflict", { message: "This idempotency key belongs to a turn that is no longer kept." });
  return { turn, request };
};

const cancelTurn = async (deps: HttpDeps, turn: Turn): Promise<void> => {
  try {
    await deps.pipeline.cancel(await deps.store.write.cancelTurn({ turn: turn.id, at: deps.now() }));
  } catch (error) {
    // Nobody waits for an answer: the caller is gone. The turn goes on.
    deps.log.warn("http.cancel-failed", { turn: turn.publicId, fault: error });
  }
};

const turnHeaders = (turn: Turn): Readonly<Record<string, string>> => ({ "x-turn-id": turn.publicId });

const answer = (turn: Turn, result: Result): Response => {
  const named = { agentName: turn.agentName, turnId: turn.publicId };
  if (result.success) return ok({ success: true, response: result.result ?? "", ...named }, 200, turnHeaders(turn));
  const code = result.errorCode === undefined ? {} : { code: result.errorCode };
  return ok({ success: false, error: result.error ?? "", ...code, ...named }, 500, turnHeaders(turn));
};

/** Waits for the end of the turn; a caller whose turn keeps failing is let go with its id while it goes on. */
const waitForAnswer = async (deps: HttpDeps, turn: Turn, gone: AbortSignal): Promise<Response> => {
  const abort = new AbortController();
  const onGone = (): void => abort.abort();
  gone.addEventListener("abort", onGone);
  let patience: Timer | undefined;
  let reason: string | undefined;
  try {
    for await (const { event } of follow({ db: deps.store.db, live: deps.live }, turn, startOfTurn, abort.signal)) {
      if (event?.type === "result") return answer(turn, event);
      if (event?.type === "retry") {
        reason = event.reason;
        patience ??= setTimeout(() => abort.abort(), deps.limits.jsonWaitMs);
      } else if (event && event.type !== "init") {
        clearTimeout(patience);
        patience = undefined;
      }
    }
  } finally {
    clearTimeout(patience);
    gone.removeEventListener("abort", onGone);
  }
  const error = "The agent cannot be reached at the moment. The message is kept; ask for the turn later.";
  const body = { success: false, error, code: reason ?? "stopping", agentName: turn.agentName, turnId: turn.publicId };
  return ok(body, 503, { ...turnHeaders(turn), "retry-after": "30" });
};

export const chat =
  (deps: HttpDeps) =>
  async (c: Context<Env>): Promise<Response> => {
    const { turn, request } = await accept(deps, c);
    c.env.keepOpen();
    const gone = c.req.raw.signal;
    const leave = (): void => {
      if (request.onDisconnect === "cancel") void cancelTurn(deps, turn);
    };
    if ((c.req.header("accept") ?? "").includes("text/event-stream")) {
      const abort = new AbortController();
      const steps = follow({ db: deps.store.db, live: deps.live }, turn, startOfTurn, abort.signal);
      const onGone = (): void => {
        abort.abort();
        leave();
      };
      return sseResponse(steps, { heartbeatMs: deps.limits.heartbeatMs, onGone, headers: turnHeaders(turn) });
    }
    gone.addEventListener("abort", leave);
    try {
      return await waitForAnswer(deps, turn, gone);
    } finally {
      gone.removeEventListener("abort", leave);
    }
  };

export const chatAsync =
  (deps: HttpDeps) =>
  async (c: Context<Env>): Promise<Response> => {
    const { turn } = await accept(deps, c);
    const body = { success: true, status: "queued", agentName: turn.agentName, turnId: turn.publicId };
    return ok(body, 202, turnHeaders(turn));
  };
