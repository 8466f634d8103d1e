/** What a start takes over from the process before it: turns in the middle, which hold their lanes until they are through. */
import type { AgentTurn } from "../store/lanes.ts";

export type Takeover = {
  /** Works on a turn beside the queues. */
  take(turn: AgentTurn, work: (turn: AgentTurn) => Promise<void>): void;
  /** Resolves when all that was taken is through. */
  settled(): Promise<unknown>;
};

/** `onBroken` hears of what should never fail; the turn's lease brings it back at the next start. */
export const createTakeover = (
  turnEnded: (turn: AgentTurn) => void,
  onBroken: (error: unknown, turn: AgentTurn) => void,
): Takeover => {
  const under = new Set<Promise<void>>();
  return {
    take: (turn, work) => {
      const done = work(turn)
        .then(() => turnEnded(turn))
        .catch((error: unknown) => onBroken(error, turn))
        .finally(() => under.delete(done));
      under.add(done);
    },
    settled: () => Promise.all(under),
  };
};
