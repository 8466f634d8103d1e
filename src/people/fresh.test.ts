import { expect, test } from "bun:test";
import { createFresh } from "./fresh.ts";

let at = 0;
const start = () => {
  at = 1_000;
  return createFresh({ ms: 100, now: () => at });
};

test("what was looked at is fresh for its time, and again after another look", () => {
  const fresh = start();
  expect(fresh.has(1)).toBe(false);
  fresh.add(1);
  at += 99;
  expect(fresh.has(1)).toBe(true);
  expect(fresh.has(2)).toBe(false);
  fresh.add(1);
  at += 99;
  expect(fresh.has(1)).toBe(true);
  at += 1;
  expect(fresh.has(1)).toBe(false);
});

test("a clock that is set back makes nothing last longer", () => {
  const fresh = start();
  fresh.add(1);
  at -= 1;
  expect(fresh.has(1)).toBe(false);
  fresh.add(2);
  expect(fresh.has(2)).toBe(true);
});

test("nothing is fresh where no time is given", () => {
  const fresh = createFresh({ ms: 0, now: () => 1_000 });
  fresh.add(1);
  expect(fresh.has(1)).toBe(false);
});
