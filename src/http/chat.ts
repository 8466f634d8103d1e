/** `POST /api/v1/chat` and `/api/v1/chat/async`: accept, then follow the turn. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import type { Turn } from "../store/lanes.ts";
import { turnByPublicId } from "../store/turns.ts";
import { type ReadTurn, startOfTurn } from "../turn/follow.ts";
import type { Caller } from "./auth.ts";
import { type ChatRequest, readChatRequest } from "./chat-request.ts";
import type { Env, HttpDeps } from "./context.ts";
import { holdStream } from "./hold-stream.ts";
import { ok } from "./reply.ts";
import { findTarget } from "./target.ts";
import { bareFrame } from "./sse.ts";
import { streamTurn } from "./turn-stream.ts";
import { onGone, patiently, type Result, waitForResult, whileThere } from "./wait.ts";

type Asked = { readonly caller: Caller; readonly request: ChatRequest };

/** A turn as its caller hears of it. */
type AskedTurn = ReadTurn & Pick<Turn, "agentName">;

/** Who asks, and for what: what can be said before anything is looked up. */
const receive = async (deps: HttpDeps, c: Context<Env>, caller: Caller): Promise<Asked> => ({
  caller,
  request: await readChatRequest(c.req.raw, deps.limits),
});

/** The turn of a request, committed before this answers: a new one, or the one its idempotency key stands for. */
const accept = async (deps: HttpDeps, asked: Asked): Promise<AskedTurn> => {
  const stopping = deps.stopping();
  if (stopping) throw stopping;
  const { message: text, images, chat, idempotencyKey, bodyHash } = asked.request;
  const target = await findTarget(deps, asked.caller, asked.request);
  const { tokenId } = asked.caller;
  const accepted = await deps.inbox.request({ tokenId, text, images, chat, ...target, idempotencyKey, bodyHash });
  if (accepted.outcome !== "duplicate") {
    const { turn: id, turnId: publicId, lane: conversationId } = accepted;
    const { agentId, name: agentName } = target.agent;
    return { id, publicId, conversationId, agentId, agentName };
  }
  if (accepted.conflict) {
    throw new Fault("conflict", { message: "This idempotency key was used with another body." });
  }
  const turn = accepted.turnId === null ? undefined : turnByPublicId(deps.store.db, accepted.turnId);
  if (!turn) throw new Fault("conflict", { message: "This idempotency key belongs to a turn that is no longer kept." });
  return turn;
};

const naming = (turn: AskedTurn) => ({ agentName: turn.agentName, turnId: turn.publicId });
const turnHeaders = (turn: AskedTurn) => ({ "x-turn-id": turn.publicId });

const answer = (turn: AskedTurn, result: Result): Response => {
  if (result.success) {
    return ok({ success: true, response: result.result ?? "", ...naming(turn) }, 200, turnHeaders(turn));
  }
  const { error = "", errorCode: code } = result;
  return ok({ success: false, error, code, ...naming(turn) }, 500, turnHeaders(turn));
};

/** The message is kept and the turn goes on, but this caller waits no longer. */
const letGo = (turn: AskedTurn, error: string, code: string | undefined): Response => {
  const body = { success: false, error: `${error} The message is kept; ask for the turn later.`, code };
  return ok({ ...body, ...naming(turn) }, 503, { ...turnHeaders(turn), "retry-after": "30" });
};

const waitForAnswer = async (deps: HttpDeps, turn: AskedTurn, gone: AbortSignal): Promise<Response> => {
  const outcome = await waitForResult(deps, turn, gone);
  return outcome.kind === "result" ? answer(turn, outcome.result) : letGo(turn, outcome.error, outcome.code);
};

export const chat =
  (deps: HttpDeps) =>
  async (c: Context<Env>, caller: Caller): Promise<Response> => {
    const asked = await receive(deps, c, caller);
    const streams = (c.req.header("accept") ?? "").includes("text/event-stream");
    // Before the message is taken: who is told to try again must not have been heard already.
    const onEnd = streams ? holdStream(deps, c, caller) : undefined;
    return patiently(deps, c, async () => {
      const turn = await accept(deps, asked).catch((error: unknown) => {
        onEnd?.();
        throw error;
      });
      const leave = onGone(deps, turn, asked.request.onDisconnect);
      if (onEnd) return streamTurn(deps, c, { turn, from: startOfTurn, toFrame: bareFrame, onGone: leave, onEnd });
      return whileThere(c.req.raw.signal, leave, (gone) => waitForAnswer(deps, turn, gone));
    });
  };

export const chatAsync =
  (deps: HttpDeps) =>
  async (c: Context<Env>, caller: Caller): Promise<Response> => {
    const asked = await receive(deps, c, caller);
    const turn = await patiently(deps, c, () => accept(deps, asked));
    return ok({ success: true, status: "queued", ...naming(turn) }, 202, turnHeaders(turn));
  };
