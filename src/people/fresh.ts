/** What was looked at a moment ago and need not be looked at again. */

export type Fresh = {
  has(key: number): boolean;
  add(key: number): void;
};

/** Keys are known for `ms`. What is older goes with the next that comes, so no more are held than come in that time. */
export const createFresh = ({ ms, now }: { readonly ms: number; readonly now: () => number }): Fresh => {
  /** When each was looked at, the oldest first. */
  const seen = new Map<number, number>();

  const has = (key: number): boolean => {
    const age = now() - (seen.get(key) ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back makes nothing last longer.
    return age >= 0 && age < ms;
  };

  return {
    has,
    add: (key) => {
      seen.delete(key);
      seen.set(key, now());
      for (const old of seen.keys()) {
        if (has(old)) break;
        seen.delete(old);
      }
    },
  };
};
