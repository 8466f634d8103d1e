/** Deletes what is past its time, a step at a time, all day long. */
import { asFault } from "../errors.ts";
import type { Log } from "../log.ts";
import { knownFiles, oldFiles } from "./files.ts";
import type { Store } from "./store.ts";

const dayMs = 24 * 3_600_000;
/** Between two rounds, and between two steps of a round: nobody should notice it. */
const roundMs = 3_600_000;
const stepMs = 250;
const mostFiles = 100;
/** By then a file has its row, or never will. */
const strayMs = dayMs;

export type Janitor = { start(): void; stop(): void };

export const createJanitor = (deps: {
  readonly store: Store;
  readonly log: Log;
  readonly now: () => number;
  readonly retentionDays: { readonly payloads: number; readonly files: number; readonly deadLetters: number };
  /** The bytes of outgoing files, by the numbers of their rows. */
  readonly files: {
    remove(id: number): Promise<void>;
    olderThan(before: number): Promise<readonly number[]>;
  };
}): Janitor => {
  const { store, log, now, retentionDays, files } = deps;
  let timer: Timer | undefined;
  let stopped = false;

  /** Bytes first: a row without them is found again, bytes without a row are not. Answers how many files went. */
  const sweepFiles = async (at: number): Promise<number> => {
    const old = oldFiles(store.db, at - retentionDays.files * dayMs, mostFiles);
    for (const id of old) await files.remove(id);
    if (old.length > 0) await store.write.dropFiles({ ids: old });
    return old.length;
  };

  /** A kill between the bytes and their row leaves bytes that belong to nobody. */
  const sweepStrays = async (at: number): Promise<void> => {
    const aged = await files.olderThan(at - strayMs);
    for (let from = 0; from < aged.length; from += mostFiles) {
      const page = aged.slice(from, from + mostFiles);
      const known = knownFiles(store.db, page);
      for (const id of page) if (!known.has(id)) await files.remove(id);
    }
  };

  const round = async (): Promise<void> => {
    let waitMs = roundMs;
    try {
      const at = now();
      const rows = await store.write.sweep({
        payloadsBefore: at - retentionDays.payloads * dayMs,
        deadLettersBefore: at - retentionDays.deadLetters * dayMs,
      });
      const removed = await sweepFiles(at);
      if (rows + removed > 0) {
        log.debug("janitor.swept", { rows, count: removed });
        waitMs = stepMs;
      } else await sweepStrays(at);
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
