/** Patience, in milliseconds. Nobody has to set it; tests are less patient. */
export type Timing = {
  /** Before the first attempt to post again what Letta refused; each further one waits twice as long. */
  readonly retryMs: number;
  /** How long a search for a lost post may find nothing. */
  readonly searchMs: number;
  /** How long a run may show nothing new, after the server was seen down or otherwise. */
  readonly stuckAfterRefusalMs: number;
  readonly stuckMs: number;
  /** Between two looks at a run. */
  readonly pollMs: number;
  /** How long a caller waits for a JSON answer while Letta refuses. */
  readonly jsonWaitMs: number;
  /** A stream that is silent for so long says that it is still there. */
  readonly heartbeatMs: number;
  /** A tool call waits this long for somebody to allow it. */
  readonly approvalMs: number;
  /** How long a rejected account's messages are kept for its owner to mend the key, and how often we look. */
  readonly pausedMs: number;
  readonly giveUpEveryMs: number;
  /** How long what is known of a person counts as looked at. */
  readonly freshMs: number;
  /** How long a message waits until that is looked at. */
  readonly lookMs: number;
};

export const defaultTiming: Timing = {
  retryMs: 1_000,
  searchMs: 15_000,
  stuckAfterRefusalMs: 60_000,
  stuckMs: 5 * 60_000,
  pollMs: 500,
  jsonWaitMs: 30_000,
  heartbeatMs: 15_000,
  approvalMs: 10 * 60_000,
  pausedMs: 24 * 3_600_000,
  giveUpEveryMs: 10 * 60_000,
  freshMs: 60_000,
  lookMs: 1_000,
};
