/** The double's time: the machine's, or one that a test moves. */

export type Clock = {
  readonly now: () => number;
  /** Calls back at that time; the answer takes it back. */
  at(time: number, call: () => void): () => void;
};

const longestMs = 2_000_000_000;

export const realClock: Clock = {
  now: Date.now,
  at: (time, call) => {
    const timer = setTimeout(call, Math.min(Math.max(0, time - Date.now()), longestMs));
    return () => clearTimeout(timer);
  },
};

export type HandClock = Clock & {
  /** Moves on, and calls back whom it passes, oldest first. */
  advance(ms: number): void;
};

export const createHandClock = (start = Date.UTC(2026, 0, 1)): HandClock => {
  let time = start;
  const waiting = new Set<{ readonly time: number; readonly call: () => void }>();

  const next = (until: number) =>
    [...waiting].filter((one) => one.time <= until).toSorted((left, right) => left.time - right.time)[0];

  return {
    now: () => time,
    at: (when, call) => {
      const one = { time: when, call };
      waiting.add(one);
      return () => waiting.delete(one);
    },
    advance: (ms) => {
      const until = time + ms;
      for (let due = next(until); due !== undefined; due = next(until)) {
        waiting.delete(due);
        time = Math.max(time, due.time);
        due.call();
      }
      time = until;
    },
  };
};

export const seconds = (ms: number): number => Math.floor(ms / 1000);
