/** Lets so many in at a time; the rest wait in the order they came. */

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export const createGate = (most: number): Gate => {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (inside >= most) await new Promise<void>((enter) => waiting.push(enter));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever is let in takes the place that becomes free.
      if (next) next();
      else inside -= 1;
    }
  };
};
