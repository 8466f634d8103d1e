/** How work grows with its size, told by processor time: a machine that is busy with others does not count. */
import { expect } from "bun:test";

/** Where other threads of this process collect garbage meanwhile, the next try is cheaper. */
const tries = 8;

/** Milliseconds of processor time. */
const workOf = (act: () => unknown): number => {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

/** The least of some tries; no more of them than it takes to come below `enough`. */
const leastWork = (act: () => unknown, enough: number): number => {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < tries && least > enough; count++) least = Math.min(least, workOf(act));
  return least;
};

/** Eight times the size is about eight times the work: the square would be 64 times as much. */
export const expectProportional = (act: (size: number) => unknown, size: number): void => {
  const small = leastWork(() => act(size / 8), 0);
  // Below a millisecond nothing can be told.
  const bound = 30 * Math.max(1, small);
  expect(leastWork(() => act(size), bound)).toBeLessThan(bound);
};
