/** Chance that can be repeated: the same seed and name draw the same numbers. */
export type Random = {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True so often: 0 is never, 1 is always. */
  chance(share: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
};

/** Each `name` has a sequence of its own, so that what one caller draws does not depend on how fast another is. */
export const createRandom = (seed: number, name: string): Random => {
  let state = Number(Bun.hash.xxHash32(name, seed));
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (share) => next() < share,
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
  };
};
