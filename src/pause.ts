/** Waiting that ends early when there is nothing left to wait for, and an ear for silence. Imports nothing. */

/** Resolves after `ms`, or at once when aborted; leaves neither a timer nor a listener. */
export const pause = (ms: number, abort: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (abort.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      abort.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    abort.addEventListener("abort", done);
  });

/** What `work` comes to, or undefined when that takes longer than `ms`; the work goes on. Leaves no timer. */
export const within = async <T>(ms: number, work: Promise<T>): Promise<T | undefined> => {
  const over = new AbortController();
  try {
    return await Promise.race([work, pause(ms, over.signal).then(() => undefined)]);
  } finally {
    over.abort();
  }
};

export type Ear = {
  /** Something came: the silence begins anew. */
  heard(): void;
  /** Nobody listens any more. Leaves no timer. */
  stop(): void;
};

const steps = 8;

/**
 * Calls `over`, once, when nothing was heard for `ms`, or up to an eighth more. A process that stood still was deaf, not
 * its other end silent: however long that took it counts for an eighth, and what came meanwhile is read before the next.
 */
export const onSilence = (ms: number, over: () => void): Ear => {
  // One more than there are: the first one has begun already.
  let left = steps + 1;
  const stop = (): void => clearInterval(timer);
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    stop();
    over();
  }, ms / steps);
  return {
    heard: () => {
      left = steps + 1;
    },
    stop,
  };
};
