/** What a start takes over from the process before it: turns in the middle, which hold their lanes until they are through. */
import { asFault } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Turn } from "../store/lanes.ts";

export type Takeover = {
  /** Works on a turn beside the queues. */
  take<T extends Turn>(turn: T, work: (turn: T) => Promise<void>): void;
  /** Resolves when all that was taken is through. */
  settled(): Promise<unknown>;
};

/** What should never fail is logged; the turn's lease brings it back at the next start. */
export const createTakeover = (turnEnded: (turn: Turn) => void, log: Log): Takeover => {
  const under = new Set<Promise<void>>();
  return {
    take: (turn, work) => {
      const done = work(turn)
        .then(() => turnEnded(turn))
        .catch((error: unknown) => log.error("turn.lost-hold", { turn: turn.publicId, fault: asFault(error) }))
        .finally(() => under.delete(done));
      under.add(done);
    },
    settled: () => Promise.all(under),
  };
};
