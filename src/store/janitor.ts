/** Deletes what is past its time, a step at a time, all day long. */
import { asFault } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Store } from "./store.ts";

const dayMs = 24 * 3_600_000;
/** Between two rounds, and between two steps of a round: nobody should notice it. */
const roundMs = 3_600_000;
const stepMs = 250;

export type Janitor = { start(): void; stop(): void };

export const createJanitor = (deps: {
  readonly store: Store;
  readonly log: Log;
  readonly now: () => number;
  readonly retentionDays: { readonly payloads: number; readonly deadLetters: number };
}): Janitor => {
  const { store, log, now, retentionDays } = deps;
  let timer: Timer | undefined;
  let stopped = false;

  const round = async (): Promise<void> => {
    let waitMs = roundMs;
    try {
      const at = now();
      const rows = await store.write.sweep({
        payloadsBefore: at - retentionDays.payloads * dayMs,
        deadLettersBefore: at - retentionDays.deadLetters * dayMs,
      });
      if (rows > 0) {
        log.debug("janitor.swept", { rows });
        waitMs = stepMs;
      }
    } catch (error) {
      // Nothing depends on this round: the next one finds the same rows.
      log.warn("janitor.failed", { fault: asFault(error) });
    }
    if (!stopped) timer = setTimeout(round, waitMs);
  };

  return {
    start: () => {
      timer = setTimeout(round, stepMs);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
