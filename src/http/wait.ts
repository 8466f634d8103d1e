/** Waiting for a turn on behalf of somebody who may not stay. */
import type { Context } from "hono";
import { follow, type ReadTurn, startOfTurn } from "../turn/follow.ts";
import type { LiveEvent } from "../turn/live-event.ts";
import type { Env, HttpDeps } from "./context.ts";

export type Result = Extract<LiveEvent, { type: "result" }>;

/** Keeps a connection open that says nothing while the work takes as long as Letta does. */
export const patiently = async <T>(deps: HttpDeps, c: Context<Env>, work: () => Promise<T>): Promise<T> => {
  const timer = setInterval(c.env.touch, deps.limits.heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};

/** How a wait ended: with the turn, or before it, because it takes too long. `error` is a sentence. */
export type Outcome =
  | { readonly kind: "result"; readonly result: Result }
  | { readonly kind: "late"; readonly error: string; readonly code: string | undefined };

/** Waits for the end of the turn; a caller whose turn keeps failing is let go. */
export const waitForResult = async (deps: HttpDeps, turn: ReadTurn, gone: AbortSignal): Promise<Outcome> => {
  const patience = new AbortController();
  const abort = AbortSignal.any([gone, deps.closing, patience.signal]);
  let timer: Timer | undefined;
  let reason: string | undefined;
  try {
    for await (const { event } of follow({ db: deps.store.db, live: deps.live }, turn, startOfTurn, abort)) {
      if (event.type === "result") return { kind: "result", result: event };
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
  if (deps.closing.aborted) return { kind: "late", error: "The server is stopping.", code: "stopping" };
  return { kind: "late", error: "The agent cannot be reached at the moment.", code: reason };
};

/** What happens when the caller goes away before the end. */
export const onGone =
  (deps: HttpDeps, { id, publicId }: ReadTurn, onDisconnect: "continue" | "cancel") =>
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

/** Works as long as the caller is there, and a little longer; `leave` is called when they go before it is done. */
export const whileThere = async <T>(
  gone: AbortSignal,
  leave: () => Promise<void>,
  work: (gone: AbortSignal) => Promise<T>,
): Promise<T> => {
  gone.addEventListener("abort", leave);
  if (gone.aborted) void leave();
  try {
    return await work(gone);
  } finally {
    gone.removeEventListener("abort", leave);
  }
};
