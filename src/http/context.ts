/** What the routes need. */
import type { BotAccess } from "../access/rules.ts";
import type { Fault } from "../errors.ts";
import type { Inbox } from "../inbox/accept.ts";
import type { Bots } from "../inbox/bots.ts";
import type { RootLog } from "../log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { House } from "../people/house.ts";
import type { Pipeline } from "../pipeline.ts";
import type { Store } from "../store/store.ts";
import type { Live } from "../turn/live.ts";
import type { Via } from "./via.ts";
import type { Edges } from "./edges.ts";
import type { Quotas } from "./quotas.ts";

export type HttpDeps = {
  readonly store: Store;
  readonly live: Live;
  readonly house: House;
  readonly inbox: Inbox;
  readonly pipeline: Pipeline;
  readonly bots: Bots;
  /** The bytes of outgoing files, by the numbers of their rows. */
  readonly files: {
    /** Resolves when they are on disk. Throws `storage_full`, or `internal`; then there is no file. */
    keep(id: number, bytes: Uint8Array): Promise<void>;
    remove(id: number): Promise<void>;
  };
  /** What the configuration says of the bot with this slug. */
  readonly access: (slug: string) => BotAccess;
  readonly log: RootLog;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly newTurnId: () => string;
  readonly adminTokenId: number;
  /** `demo`, or the server's base URL. */
  readonly upstreamName: string;
  readonly version: string;
  /** A word of this process alone, by which somebody who asks in two ways knows whether the same one answers. */
  readonly instance: string;
  readonly startedAt: number;
  /** Set when no work is taken any more. */
  readonly stopping: () => Fault | undefined;
  /** Fires when the drain is over: whoever still waits for a turn is let go. */
  readonly closing: AbortSignal;
  readonly edges: Edges;
  readonly quotas: Quotas;
  /** Settings of the OpenAI-compatible API. */
  readonly completions: {
    /** In lower case. */
    readonly chatHeaders: readonly string[];
    readonly unnamed: "token" | "history";
    readonly instructions: "tell" | "ignore";
    readonly bodyBytes: number;
  };
  readonly limits: {
    readonly bodyBytes: number;
    /** Of a form, which may carry a file. */
    readonly formBytes: number;
    readonly messageChars: number;
    /** Of one token, unless it has a rate of its own; 0 is no limit. */
    readonly requestsPerMinute: number;
    /** From one address; 0 is no limit. */
    readonly badTokensPerMinute: number;
    /** Event streams that one token may hold open; 0 is no limit. */
    readonly streamsPerToken: number;
    /** A waiting JSON caller hears this long after the first failed attempt that it takes longer. */
    readonly jsonWaitMs: number;
    readonly heartbeatMs: number;
  };
};

/** Hono's environment: how the request came in, and what the answer's head will say beside what the route puts there. */
export type Env = { Bindings: Via; Variables: { said: Headers } };
