import type { ModelLog } from "./agent/model-log.ts";
import type { Live } from "./run/live.ts";
import type { Store } from "./store/open.ts";

/** What every route and run works with. */
export type Simulation = {
  readonly store: Store;
  readonly live: Live;
  readonly model: ModelLog;
  readonly now: () => number;
  /** Whether the server has Redis: conversation locks, background runs, resuming. */
  readonly redis: boolean;
  readonly pingMs: number;
  readonly wordMs: number;
  /** The scripted model's pauses are this many times as long as it is told. */
  readonly paceFactor: number;
  /** Whether a run cancelled in the foreground of a default conversation leaves its lock behind. */
  readonly stuckLocks: boolean;
};
