/** `/api/v1/turns`: what became of a request. A turn is readable by the token that made it, or by `admin`. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import type { Turn } from "../store/lanes.ts";
import { conversationById } from "../store/posts.ts";
import { listTurns, turnByPublicId } from "../store/turns.ts";
import { follow, parsePlace, startOfTurn } from "../turn/follow.ts";
import { authenticate, type Caller, isAdmin } from "./auth.ts";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";
import { sseResponse } from "./sse.ts";

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** A turn as the outside sees it. `response` is null until it has ended. */
export const describeTurn = (deps: Pick<HttpDeps, "store">, turn: Turn) => ({
  turnId: turn.publicId,
  state: turn.state,
  response: turn.response,
  error: turn.errorText,
  errorCode: turn.errorCode,
  stopReason: turn.stopReason,
  agentName: turn.agentName,
  agentId: turn.agentId,
  conversationId:
    turn.conversationId === null ? null : (conversationById(deps.store.db, turn.conversationId)?.upstreamId ?? null),
  trigger: turn.trigger,
  attempts: turn.attempts,
  resent: turn.resent,
  runId: turn.runId,
  createdAt: time(turn.createdAt),
  startedAt: time(turn.startedAt),
  finishedAt: time(turn.finishedAt),
});

const callerOf = (deps: HttpDeps, c: Context<Env>): Caller =>
  authenticate({ ...deps, db: deps.store.db }, c.req.raw.headers, c.env);

/** Another's turn is answered like one that does not exist. */
const findTurn = (deps: HttpDeps, c: Context<Env>): Turn => {
  const caller = callerOf(deps, c);
  const turn = turnByPublicId(deps.store.db, c.req.param("id") ?? "");
  if (turn && (isAdmin(caller) || turn.tokenId === caller.tokenId)) return turn;
  throw new Fault("not_found", { message: "Turn not found" });
};

/** A whole number from the query, within bounds; throws `bad_request`. */
export const queryNumber = (
  c: Context<Env>,
  name: string,
  bounds: { min: number; max: number },
): number | undefined => {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= bounds.min && value <= bounds.max) return value;
  throw new Fault("bad_request", { message: `${name} must be a whole number from ${bounds.min} to ${bounds.max}` });
};

export const listTurnsRoute = (deps: HttpDeps) => (c: Context<Env>) => {
  const caller = callerOf(deps, c);
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 20;
  const after = c.req.query("before");
  const before = after === undefined ? undefined : turnByPublicId(deps.store.db, after)?.id;
  const rows = listTurns(deps.store.db, {
    limit,
    ...(isAdmin(caller) ? {} : { tokenId: caller.tokenId }),
    ...(before === undefined ? {} : { before }),
  });
  return ok({ turns: rows.map((turn) => describeTurn(deps, turn)) });
};

export const showTurn = (deps: HttpDeps) => (c: Context<Env>) => ok(describeTurn(deps, findTurn(deps, c)));

export const followTurn = (deps: HttpDeps) => (c: Context<Env>) => {
  const turn = findTurn(deps, c);
  const id = c.req.header("last-event-id") ?? c.req.query("lastEventId");
  const from = id === undefined || id === "" ? startOfTurn : parsePlace(id);
  if (from === null) throw new Fault("bad_request", { message: "Last-Event-ID must be an id that this stream sent" });
  c.env.keepOpen();
  const abort = new AbortController();
  const steps = follow({ db: deps.store.db, live: deps.live }, turn, from, abort.signal);
  return sseResponse(steps, {
    heartbeatMs: deps.limits.heartbeatMs,
    onGone: () => abort.abort(),
    headers: { "x-turn-id": turn.publicId },
  });
};

/** Asks the turn to stop. Answers its state at this moment: a running one ends when its run has. */
export const cancelTurnRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  const turn = findTurn(deps, c);
  await deps.pipeline.cancel(await deps.store.write.cancelTurn({ turn: turn.id, at: deps.now() }));
  const now = turnByPublicId(deps.store.db, turn.publicId) ?? turn;
  return ok({ success: true, turnId: now.publicId, state: now.state });
};
