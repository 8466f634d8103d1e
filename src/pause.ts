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
