/** How many event streams each token holds open. */

export type Streams = {
  /** Counts one more; answers how many are open with it, or undefined when that would be too many. */
  open(token: number, most: number): number | undefined;
  close(token: number): void;
};

export const createStreams = (): Streams => {
  const held = new Map<number, number>();
  return {
    open: (token, most) => {
      const open = (held.get(token) ?? 0) + 1;
      if (open > most) return undefined;
      held.set(token, open);
      return open;
    },
    close: (token) => {
      const open = (held.get(token) ?? 0) - 1;
      if (open > 0) held.set(token, open);
      else held.delete(token);
    },
  };
};
