/** One model turn: what a model, or whatever stands in its place, answers to what it is shown. */

export type Call = { readonly tool: string; readonly arguments: string };

export type Completion = Refusal | Utterance;

/** The provider answers with this HTTP status instead. */
export type Refusal = { readonly kind: "refusal"; readonly status: number; readonly words: string };

/**
 * How the model's stream ends: `whole`, `cut` after its first piece as if that were all, `broken` with the connection
 * after its first piece, or at the `length` that the model may say.
 */
export type Ending = "whole" | "cut" | "broken" | "length";

export type Utterance = {
  readonly kind: "utterance";
  readonly reasoning: string | null;
  /** Read once, in order. */
  readonly pieces: Iterable<string>;
  /** So many pieces are a pause apart from each other; the rest follows at once. */
  readonly pacedPieces: number;
  /** The pause; null is the server's usual one. */
  readonly paceMs: number | null;
  readonly calls: readonly Call[];
  readonly ending: Ending;
  /** A name the agent learned and keeps once the turn has succeeded. */
  readonly learned: string | null;
  /** What the answer to the calls has to repeat at its end. */
  readonly tail: string;
};

export const utterance = (more: Partial<Utterance>): Utterance => ({
  kind: "utterance",
  reasoning: null,
  pieces: [],
  pacedPieces: 0,
  paceMs: null,
  calls: [],
  ending: "whole",
  learned: null,
  tail: "",
  ...more,
});
