/** Works through queues that live in the database: one job per key at a time, keys beside each other, timers for what is due later. */
import { asFault } from "./errors.ts";
import type { Log } from "./log.ts";
import type { QueueIndex } from "./store/db.ts";

type Queue<Job> = QueueIndex & {
  readonly log: Log;
  readonly now: () => number;
  /** Leases the next job of a key, or null. */
  readonly claim: (key: number) => Promise<Job | null>;
  readonly work: (job: Job) => Promise<void>;
};

export type Runner = {
  poke(key: number): void;
  start(): void;
  /** Looks at every key that has jobs. */
  pokeAll(): void;
  /** No new jobs; resolves when those under way are done. */
  stop(): Promise<void>;
};

/** A claim that fails (a full disk) is tried again after this. */
const claimRetryMs = 1_000;
/** The longest sleep: a clock that jumps is noticed after it. */
const longestSleepMs = 60_000;

/** Every key of a listing that comes in pages. */
const eachPage = (page: (after: number) => readonly number[], visit: (key: number) => void): void => {
  for (let keys = page(0); keys.length > 0; keys = page(keys.at(-1) ?? 0)) for (const key of keys) visit(key);
};

export const createRunner = <Job>(queue: Queue<Job>): Runner => {
  const { log, now } = queue;
  /** Keys being looked at; `true` when they were poked again meanwhile. */
  const active = new Map<number, boolean>();
  const jobs = new Set<Promise<void>>();
  let stopped = true;
  let timer: Timer | undefined;
  let lookedUntil = 0;

  const drain = async (key: number): Promise<void> => {
    for (;;) {
      if (stopped) break;
      active.set(key, false);
      const job = await queue.claim(key);
      if (job) await queue.work(job);
      else if (active.get(key) === false) break;
    }
    active.delete(key);
    schedule();
  };

  const poke = (key: number): void => {
    if (stopped) return;
    if (active.has(key)) {
      active.set(key, true);
      return;
    }
    active.set(key, false);
    const job = drain(key)
      .catch((error: unknown) => {
        active.delete(key);
        log.warn("runner.claim-failed", { fault: asFault(error) });
        setTimeout(() => poke(key), claimRetryMs);
      })
      .finally(() => jobs.delete(job));
    jobs.add(job);
  };

  /** Wakes up when the next job falls due. */
  const schedule = (): void => {
    clearTimeout(timer);
    if (stopped) return;
    const at = now();
    // A clock that was set back must not hide what falls due by the new time.
    lookedUntil = Math.min(lookedUntil, at);
    const due = queue.nextDue(lookedUntil);
    if (due === undefined) return;
    timer = setTimeout(wake, Math.min(Math.max(due - at, 0), longestSleepMs));
  };

  const wake = (): void => {
    const until = now();
    eachPage((after) => queue.dueBetween(lookedUntil, until, after), poke);
    lookedUntil = until;
    schedule();
  };

  const pokeAll = (): void => eachPage(queue.waiting, poke);

  return {
    poke,
    pokeAll,
    start: () => {
      stopped = false;
      lookedUntil = now();
      pokeAll();
      schedule();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(jobs);
    },
  };
};
