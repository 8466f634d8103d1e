/** What one request to a Letta server may cost: sizes in bytes of the decoded body, `silenceMs` without any byte. */
export type Limits = {
  /** One event of a stream. */
  readonly frameBytes: number;
  /** One stream. */
  readonly turnBytes: number;
  /** One JSON answer. */
  readonly answerBytes: number;
  /** The time for it, from its head to its last byte: what drips is never silent, and would take for ever. */
  readonly answerMs: number;
  /** Pages of one listing. */
  readonly pages: number;
  /** Streams carry a ping every 20 s, so a longer silence means that the other end is gone. */
  readonly silenceMs: number;
  /** How long a stream may stay open after its `[DONE]`; the server still writes down the end of the run then. */
  readonly graceMs: number;
};

export const defaultLimits: Limits = {
  frameBytes: 4 * 1024 * 1024,
  turnBytes: 32 * 1024 * 1024,
  answerBytes: 8 * 1024 * 1024,
  answerMs: 2 * 60_000,
  pages: 50,
  silenceMs: 90_000,
  graceMs: 1_000,
};
