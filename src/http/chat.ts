/** `POST /api/v1/chat` and `/api/v1/chat/async`: accept, then follow the turn. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import type { Turn } from "../store/lanes.ts";
import { turnByPublicId } from "../store/turns.ts";
import { follow, startOfTurn } from "../turn/follow.ts";
import type { LiveEvent } from "../turn/live-event.ts";
import { authenticate, type Caller, demand } from "./auth.ts";
import { type ChatRequest, readChatRequest } from "./chat-request.ts";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";
import { findTarget } from "./target.ts";
import { streamTurn } from "./turn-stream.ts";

type Asked = { readonly caller: Caller; readonly request: ChatRequest };

/** Who asks, and for what: what can be said before anything is looked up. */
const receive = async (deps: HttpDeps, c: Context<Env>): Promise<Asked> => {
  const caller = authenticate({ ...deps, db: deps.store.db }, c.req.raw.headers, c.env);
  demand(caller, "chat");
  return { caller, request: await readChatRequest(c.req.raw, deps.limits) };
};

/** The turn of a request, committed before this answers: a new one, or the one its idempotency key stands for. */
const accept = async (deps: HttpDeps, asked: Asked): Promise<Turn> => {
  const stopping = deps.stopping();
  if (stopping) throw stopping;
  const { message: text, chat, idempotencyKey, bodyHash } = asked.request;
  const target = await findTarget(deps, asked.caller, asked.request);
  const { tokenId } = asked.caller;
  const accepted = await deps.inbox.request({ tokenId, text, chat, ...target, idempotencyKey, bodyHash });
  if (accepted.outcome === "duplicate" && accepted.conflict) {
    throw new Fault("conflict", { message: "This idempotency key was used with another body." });
  }
  const turn = accepted.turnId === null ? undefined : turnByPublicId(deps.store.db, accepted.turnId);
  if (!turn) throw new Fault("conflict", { message: "This idempotency key belongs to a turn that is no longer kept." });
  return turn;
};

/** Keeps a connection open that says nothing while the work takes as long as Letta does. */
const patiently = async <T>(deps: HttpDeps, c: Context<Env>, work: () => Promise<T>): Promise<T> => {
  const timer = setInterval(c.env.touch, deps.limits.heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};

const naming = (turn: Turn) => ({ agentName: turn.agentName, turnId: turn.publicId });
const turnHeaders = (turn: Turn) => ({ "x-turn-id": turn.publicId });

const answer = (turn: Turn, result: Extract<LiveEvent, { type: "result" }>): Response => {
  if (result.success) {
    return ok({ success: true, response: result.result ?? "", ...naming(turn) }, 200, turnHeaders(turn));
  }
  const { error = "", errorCode: code } = result;
  return ok({ success: false, error, code, ...naming(turn) }, 500, turnHeaders(turn));
};

/** The message is kept and the turn goes on, but this caller waits no longer. */
const letGo = (turn: Turn, error: string, code: string | undefined): Response => {
  const body = { success: false, error: `${error} The message is kept; ask for the turn later.`, code };
  return ok({ ...body, ...naming(turn) }, 503, { ...turnHeaders(turn), "retry-after": "30" });
};

/** Waits for the end of the turn; a caller whose turn keeps failing is let go. */
const waitForAnswer = async (deps: HttpDeps, turn: Turn, gone: AbortSignal): Promise<Response> => {
  const patience = new AbortController();
  const abort = AbortSignal.any([gone, deps.closing, patience.signal]);
  let timer: Timer | undefined;
  let reason: string | undefined;
  try {
    for await (const { event } of follow({ db: deps.store.db, live: deps.live }, turn, startOfTurn, abort)) {
      if (event.type === "result") return answer(turn, event);
      if (event.type === "retry") {
        reason = event.reason;
        timer ??= setTimeout(() => patience.abort(), deps.limits.jsonWaitMs);
      } else if (event.type !== "init") {
        clearTimeout(timer);
        timer = undefined;
      }
    }
  } finally {
    clearTimeout(timer);
  }
  if (deps.closing.aborted) return letGo(turn, "The server is stopping.", "stopping");
  return letGo(turn, "The agent cannot be reached at the moment.", reason);
};

/** What happens when the caller goes away before the end. */
const onGone =
  (deps: HttpDeps, { id, publicId }: Turn, { onDisconnect }: ChatRequest) =>
  async (): Promise<void> => {
    // Connections that we close ourselves are no wish of the caller's.
    if (onDisconnect === "continue" || deps.closing.aborted) return;
    try {
      await deps.pipeline.cancel(await deps.store.write.cancelTurn({ turn: id, at: deps.now() }));
    } catch (error) {
      // Nobody waits for an answer: the caller is gone. The turn goes on.
      deps.log.warn("http.cancel-failed", { turn: publicId, fault: error });
    }
  };

export const chat =
  (deps: HttpDeps) =>
  async (c: Context<Env>): Promise<Response> => {
    const asked = await receive(deps, c);
    return patiently(deps, c, async () => {
      const turn = await accept(deps, asked);
      const leave = onGone(deps, turn, asked.request);
      if ((c.req.header("accept") ?? "").includes("text/event-stream")) {
        return streamTurn(deps, c, { turn, from: startOfTurn, onGone: leave });
      }
      const gone = c.req.raw.signal;
      gone.addEventListener("abort", leave);
      if (gone.aborted) void leave();
      try {
        return await waitForAnswer(deps, turn, gone);
      } finally {
        gone.removeEventListener("abort", leave);
      }
    });
  };

export const chatAsync =
  (deps: HttpDeps) =>
  async (c: Context<Env>): Promise<Response> => {
    const asked = await receive(deps, c);
    const turn = await patiently(deps, c, () => accept(deps, asked));
    return ok({ success: true, status: "queued", ...naming(turn) }, 202, turnHeaders(turn));
  };
