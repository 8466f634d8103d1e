/** A turn as server-sent events, from any place to its end. */
import type { Context } from "hono";
import { follow, type Place, type ReadTurn, type Step } from "../turn/follow.ts";
import type { Env, HttpDeps } from "./context.ts";
import { eventStream } from "./sse.ts";

/** Lasts until the turn has ended, the reader went away (`onGone`), or the server closes. */
export const streamTurn = (
  deps: HttpDeps,
  c: Context<Env>,
  reading: {
    readonly turn: ReadTurn;
    readonly from: Place;
    readonly toFrame: (step: Step) => string;
    readonly onGone?: () => void;
    readonly onEnd: () => void;
  },
): Response => {
  const { from, toFrame, onGone, onEnd } = reading;
  const { id, publicId, agentId, conversationId } = reading.turn;
  const turn: ReadTurn = { id, publicId, agentId, conversationId };
  const gone = new AbortController();
  // Who asks for the head only reads nothing, and never says that it has gone.
  if (c.req.method === "HEAD") gone.abort();
  const abort = AbortSignal.any([gone.signal, deps.closing]);
  const steps = follow({ db: deps.store.db, live: deps.live }, turn, from, abort);
  return eventStream(steps, toFrame, {
    heartbeatMs: deps.limits.heartbeatMs,
    headers: { "x-turn-id": publicId },
    onRoom: c.env.touch,
    onGone: () => {
      gone.abort();
      onGone?.();
    },
    onBroken: (fault) => deps.log.error("http.stream-broken", { turn: publicId, fault }),
    onEnd,
  });
};
