/** `/api/v1/turns`: what became of a request. A turn is readable by the token that made it, or by `admin`. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import type { Turn } from "../store/lanes.ts";
import { conversationById } from "../store/posts.ts";
import { listTurns, turnByPublicId, turnEventsAfter } from "../store/turns.ts";
import { parsePlace, type Place, startOfTurn } from "../turn/follow.ts";
import { describeApprovals } from "./approval.ts";
import { type Caller, isAdmin } from "./auth.ts";
import type { Env, HttpDeps } from "./context.ts";
import { holdStream } from "./hold-stream.ts";
import { queryNumber } from "./params.ts";
import { ok } from "./reply.ts";
import { frameWithId } from "./sse.ts";
import { streamTurn } from "./turn-stream.ts";

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
  approvals: describeApprovals(deps, turn.id),
  createdAt: time(turn.createdAt),
  startedAt: time(turn.startedAt),
  finishedAt: time(turn.finishedAt),
});

/** The turn of this id; another's is answered like one that does not exist. */
const findTurn = (deps: HttpDeps, caller: Caller, id: string): Turn => {
  const turn = turnByPublicId(deps.store.db, id);
  if (turn && (isAdmin(caller) || turn.tokenId === caller.tokenId)) return turn;
  throw new Fault("not_found", { message: "Turn not found" });
};

const namedTurn = (deps: HttpDeps, c: Context<Env>, caller: Caller): Turn =>
  findTurn(deps, caller, c.req.param("id") ?? "");

export const listTurnsRoute = (deps: HttpDeps) => (c: Context<Env>, caller: Caller) => {
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 20;
  const before = c.req.query("before");
  const rows = listTurns(deps.store.db, {
    limit,
    ...(isAdmin(caller) ? {} : { tokenId: caller.tokenId }),
    ...(before === undefined ? {} : { before: findTurn(deps, caller, before).id }),
  });
  return ok({ turns: rows.map((turn) => describeTurn(deps, turn)) });
};

export const showTurn = (deps: HttpDeps) => (c: Context<Env>, caller: Caller) =>
  ok(describeTurn(deps, namedTurn(deps, c, caller)));

/** Where a reader was, from the id it got last. Throws `bad_request` for what no stream of this turn can have sent. */
const findPlace = (deps: HttpDeps, turn: Turn, id: string): Place => {
  const place = id === "" ? startOfTurn : parsePlace(id);
  // Ids are sent after the event behind them, or the one before, was stored.
  const sent =
    place !== null && (place.seq <= 0 || turnEventsAfter(deps.store.db, turn.id, place.seq - 1, 1).length > 0);
  if (sent) return place;
  throw new Fault("bad_request", { message: "Last-Event-ID must be an id that this stream sent" });
};

export const followTurn = (deps: HttpDeps) => (c: Context<Env>, caller: Caller) => {
  const turn = namedTurn(deps, c, caller);
  const from = findPlace(deps, turn, c.req.header("last-event-id") ?? c.req.query("lastEventId") ?? "");
  return streamTurn(deps, c, { turn, from, toFrame: frameWithId, onEnd: holdStream(deps, c, caller) });
};

/** Asks the turn to stop. Answers its state at this moment: a running one ends when its run has. */
export const cancelTurnRoute = (deps: HttpDeps) => async (c: Context<Env>, caller: Caller) => {
  const turn = namedTurn(deps, c, caller);
  await deps.pipeline.cancel(await deps.store.write.cancelTurn({ turn: turn.id, at: deps.now() }));
  const now = turnByPublicId(deps.store.db, turn.publicId) ?? turn;
  return ok({ success: true, turnId: now.publicId, state: now.state });
};
