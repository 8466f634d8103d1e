/** What each token and each address has used up. It lives in memory: a restart forgives everybody. */
import { createLimiter, type Limiter } from "./limit.ts";
import { createStreams, type Streams } from "./streams.ts";

export type Quotas = {
  /** Requests, by token. */
  readonly requests: Limiter<number>;
  /** Wrong tokens, by the neighbourhood they came from. */
  readonly failures: Limiter<string>;
  readonly streams: Streams;
};

export const createQuotas = (): Quotas => ({
  requests: createLimiter(),
  failures: createLimiter(),
  streams: createStreams(),
});
