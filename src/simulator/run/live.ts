import type { Tape } from "./tape.ts";

/** A run that works in this process. What the database calls `running` beyond these was killed with its server. */
export type LiveRun = {
  readonly id: string;
  readonly agentId: string;
  /** Null is the agent's default conversation. */
  readonly conversationId: string | null;
  /** The conversation lock it holds, if any. */
  readonly lock: string | null;
  readonly background: boolean;
  readonly tape: Tape;
  /** Stops the work: the run was cancelled, or the server dies. */
  readonly stop: AbortController;
};

/** How long a lock lasts when nobody releases it; the server does not renew it, so longer runs can be doubled. */
const lockMs = 300_000;

/** The runs at work and the conversation locks, which the real server keeps in Redis. */
export const createLive = (now: () => number) => {
  const runs = new Map<string, LiveRun>();
  const dying = new AbortController();
  const locks = new Map<string, { readonly runId: string; readonly untilAt: number }>();

  /** The run is over. Its lock goes, whoever holds it by now, as in the real server. */
  const remove = (run: LiveRun, { leaveLock }: { readonly leaveLock: boolean } = { leaveLock: false }): void => {
    runs.delete(run.id);
    if (run.lock !== null && !leaveLock) locks.delete(run.lock);
  };

  const drop = (runId: string): void => {
    const run = runs.get(runId);
    if (run === undefined) return;
    run.stop.abort();
    run.tape.cut();
    remove(run);
  };

  return {
    find: (runId: string): LiveRun | null => runs.get(runId) ?? null,

    /** The run that holds a lock, or null. */
    holder: (lock: string): string | null => {
      const held = locks.get(lock);
      if (held === undefined) return null;
      if (now() < held.untilAt) return held.runId;
      locks.delete(lock);
      return null;
    },

    add: (run: LiveRun): void => {
      runs.set(run.id, run);
      if (run.lock !== null) locks.set(run.lock, { runId: run.id, untilAt: now() + lockMs });
    },

    remove,

    drop,

    /** Fires when the server dies: for listeners to what is not at work here. */
    dying: dying.signal,

    /** As a kill would: every run stops where it is, listeners are cut off, nothing more is written. */
    kill: (): void => {
      for (const runId of runs.keys()) drop(runId);
      dying.abort(new TypeError("The socket connection was closed unexpectedly."));
    },
  };
};

export type Live = ReturnType<typeof createLive>;
