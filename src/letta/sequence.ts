/**
 * The numbers of a background run's frames. They tell what was lost on the way: the words of such a run pass through Redis,
 * which forgets them when it is killed, and gets some of them again when the server could not hand them over at once.
 */
export type Place = "next" | "again" | "behind a gap";

/**
 * Answers where each numbered frame stands. `after` is the number up to which the stream was heard before; without one it
 * begins with 0 or 1. Frames that are not numbered take a number all the same: stop reason and usage, which end a run.
 */
export const createSequence = (after?: number) => {
  let last = after ?? -1;
  let next = after === undefined ? 1 : after + 1;
  return (seq: number): Place => {
    if (seq <= last) return "again";
    const place = seq > next ? "behind a gap" : "next";
    [last, next] = [seq, seq + 1];
    return place;
  };
};
