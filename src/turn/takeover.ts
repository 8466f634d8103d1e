/** What a start takes over from the process before it: turns in the middle, which hold their lanes until they are through. */
import type { AgentTurn } from "../store/lanes.ts";

export type Takeover = {
  /** Works on a turn beside the queues. */
  take(turn: AgentTurn, work: (turn: AgentTurn) => Promise<void>): void;
  /** Resolves when all that was taken is through. */
  settled(): Promise<unknown>;
};

export const createTakeover = (turnEnded: (turn: AgentTurn) => void): Takeover => {
  const under = new Set<Promise<void>>();
  return {
    take: (turn, work) => {
      const done = work(turn).finally(() => {
        under.delete(done);
        turnEnded(turn);
      });
      under.add(done);
    },
    settled: () => Promise.all(under),
  };
};
