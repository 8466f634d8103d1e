import { expect, test } from "bun:test";
import { createLog } from "./log.ts";
import { createRunner } from "./runner.ts";

const log = createLog({ level: "silent", format: "json" });

const page = (keys: Iterable<number>, after: number) =>
  [...keys]
    .toSorted((a, b) => a - b)
    .filter((key) => key > after)
    .slice(0, 2);

/** A queue of single jobs, each due at its time, listed in pages of two. */
const queueOf = (due: ReadonlyMap<number, number>, now: () => number) => {
  const left = new Map(due);
  return {
    log,
    now,
    claim: (key: number) => {
      const at = left.get(key);
      if (at === undefined || at > now()) return Promise.resolve(null);
      left.delete(key);
      return Promise.resolve(key);
    },
    waiting: (after: number) => page(left.keys(), after),
    nextDue: (after: number) => {
      const times = [...left.values()].filter((at) => at > after);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    dueBetween: (after: number, until: number, afterKey: number) =>
      page(
        [...left].filter(([, at]) => at > after && at <= until).map(([key]) => key),
        afterKey,
      ),
  };
};

test("after a long sleep everything that fell due is worked on, however many pages it fills", async () => {
  let at = 0;
  const done: number[] = [];
  const due = new Map(Array.from({ length: 7 }, (_, index) => [index + 1, 10 + index]));
  const { promise: all, resolve: finished } = Promise.withResolvers<void>();
  const runner = createRunner<number>({
    ...queueOf(due, () => at),
    work: (key) => {
      done.push(key);
      if (done.length === due.size) finished();
      return Promise.resolve();
    },
  });
  runner.start();
  // The machine slept: the one timer that is set finds all of them overdue.
  at = 60_000;
  await all;
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  await runner.stop();
});

test("jobs of one key never run beside each other, those of two keys do", async () => {
  const running = new Map<number, number>();
  const jobs = new Map([
    [1, 3],
    [2, 3],
  ]);
  let most = 0;
  let together = 0;
  const { promise: all, resolve: finished } = Promise.withResolvers<void>();
  const runner = createRunner<number>({
    log,
    now: () => 0,
    claim: (key) => {
      const left = jobs.get(key) ?? 0;
      if (left === 0) return Promise.resolve(null);
      jobs.set(key, left - 1);
      return Promise.resolve(key);
    },
    work: async (key) => {
      running.set(key, (running.get(key) ?? 0) + 1);
      most = Math.max(most, ...running.values());
      together = Math.max(together, [...running.values()].filter((n) => n > 0).length);
      await Bun.sleep(5);
      running.set(key, (running.get(key) ?? 0) - 1);
      if ([...jobs.values()].every((left) => left === 0)) finished();
    },
    waiting: (after) => [1, 2].filter((key) => key > after),
    nextDue: () => undefined,
    dueBetween: () => [],
  });
  runner.start();
  await all;
  await runner.stop();
  expect([most, together]).toEqual([1, 2]);
});
