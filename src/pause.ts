/** Waiting that ends early when there is nothing left to wait for. Imports nothing. */

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
