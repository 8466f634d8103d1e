import { describe, expect, test } from "bun:test";
import { createLimiter } from "./limit.ts";

const start = 1_790_000_000_000;

describe("a bucket of three a minute", () => {
  test("gives three at once, then none, then one every twenty seconds", () => {
    const { spend } = createLimiter<string>();
    expect(spend("a", 3, start)).toEqual({ allowed: true, left: 2, moreInMs: 20_000 });
    expect(spend("a", 3, start)).toEqual({ allowed: true, left: 1, moreInMs: 20_000 });
    expect(spend("a", 3, start + 5_000)).toEqual({ allowed: true, left: 0, moreInMs: 15_000 });
    expect(spend("a", 3, start + 5_000)).toEqual({ allowed: false, left: 0, moreInMs: 15_000 });
    expect(spend("a", 3, start + 19_999)).toEqual({ allowed: false, left: 0, moreInMs: 1 });
    expect(spend("a", 3, start + 20_000)).toEqual({ allowed: true, left: 0, moreInMs: 20_000 });
    expect(spend("a", 3, start + 20_001).allowed).toBe(false);
  });

  test("is full again after a minute, and never fuller", () => {
    const { spend } = createLimiter<string>();
    for (let time = 0; time < 3; time += 1) spend("a", 3, start);
    expect(spend("a", 3, start + 3_600_000).left).toBe(2);
  });

  test("is nobody else's", () => {
    const { spend } = createLimiter<string>();
    for (let time = 0; time < 9; time += 1) spend("a", 3, start);
    expect(spend("b", 3, start)).toMatchObject({ allowed: true, left: 2 });
  });

  test("keeps nobody out for longer than a minute when the clock is set back", () => {
    const { spend } = createLimiter<string>();
    for (let time = 0; time < 3; time += 1) spend("a", 3, start + 86_400_000);
    expect(spend("a", 3, start)).toMatchObject({ allowed: false, moreInMs: 20_000 });
    expect(spend("a", 3, start + 20_000).allowed).toBe(true);
  });
});

test.each([1, 7, 59, 60, 61, 600, 999, 12_345])(
  "%d a minute are exactly so many, and one more for each share of it",
  (quota) => {
    const { spend } = createLimiter<number>();
    for (let taken = 1; taken <= quota; taken += 1) {
      expect([taken, spend(1, quota, start)]).toEqual([
        taken,
        expect.objectContaining({ allowed: true, left: quota - taken }),
      ]);
    }
    const refused = spend(1, quota, start);
    expect(refused).toMatchObject({ allowed: false, left: 0 });
    expect(refused.moreInMs).toBeCloseTo(60_000 / quota, 0);
    expect(spend(1, quota, start + Math.ceil(refused.moreInMs)).allowed).toBe(true);
  },
);

test("so many keys are remembered and no more: those that were quiet longest are forgotten", () => {
  const { spend } = createLimiter<number>(100);
  for (let key = 0; key < 100; key += 1) spend(key, 1, start);
  expect(spend(0, 1, start).allowed).toBe(false);
  // Key 0 was used since, so key 1 makes room.
  spend(100, 1, start);
  expect([0, 2, 100].map((key) => spend(key, 1, start).allowed)).toEqual([false, false, false]);
  expect(spend(1, 1, start).allowed).toBe(true);
});
