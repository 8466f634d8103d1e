/** What the routes need. */
import type { Fault } from "../errors.ts";
import type { Inbox } from "../inbox/accept.ts";
import type { Bots } from "../inbox/bots.ts";
import type { Log } from "../log.ts";
import type { House } from "../people/house.ts";
import type { Pipeline } from "../pipeline.ts";
import type { Store } from "../store/store.ts";
import type { Live } from "../turn/live.ts";
import type { Via } from "./auth.ts";

export type HttpDeps = {
  readonly store: Store;
  readonly live: Live;
  readonly house: House;
  readonly inbox: Inbox;
  readonly pipeline: Pipeline;
  readonly bots: Bots;
  readonly log: Log;
  readonly now: () => number;
  readonly newTurnId: () => string;
  readonly adminTokenId: number;
  /** `demo`, or the server's base URL. */
  readonly upstreamName: string;
  readonly version: string;
  /** Set when no work is taken any more. */
  readonly stopping: () => Fault | undefined;
  /** Fires when the drain is over: whoever still waits for a turn is let go. */
  readonly closing: AbortSignal;
  readonly limits: {
    readonly bodyBytes: number;
    readonly messageChars: number;
    /** A waiting JSON caller hears this long after the first failed attempt that it takes longer. */
    readonly jsonWaitMs: number;
    readonly heartbeatMs: number;
  };
};

/** Hono's environment: how the request came in. */
export type Env = { Bindings: Via };
