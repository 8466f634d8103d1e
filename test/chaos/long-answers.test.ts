import { expect, test } from "bun:test";
import { keysFor } from "./long-answers.ts";

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${String(from + index).padStart(8, "0")} the quick brown fox`).join(
    "\n",
  );
const ann = "zqannx1xabcq";
const bob = "zqbobx2xabcq";

test("the messages of an answer are numbered, whatever is said in between", () => {
  const texts = [lines(1_000, 1_003), `You said ${bob}`, lines(1_003, 1_005), "Hello.", `that was ${ann}`];
  expect(keysFor(texts)).toEqual([`${ann}/0`, `${bob}/0`, `${ann}/1`, "part 3/0", `${ann}/2`]);
});

test("two answers that come in between each other stay apart", () => {
  const texts = [lines(1_000, 1_003), lines(2_000, 2_003), lines(1_003, 1_005), `${lines(2_003, 2_004)} ${bob}`, ann];
  expect(keysFor(texts)).toEqual([`${ann}/0`, `${bob}/0`, `${ann}/1`, `${bob}/1`, `${ann}/2`]);
});

test("a copy has the key of what it copies", () => {
  const texts = [lines(1_000, 1_003), lines(1_000, 1_003), lines(1_003, 1_005), lines(1_003, 1_005), ann, ann];
  expect(keysFor(texts)).toEqual([`${ann}/0`, `${ann}/0`, `${ann}/1`, `${ann}/1`, `${ann}/2`, `${ann}/2`]);
});

test("what is missing is a hole in the numbers, and so is what begins anew without being a copy", () => {
  expect(keysFor([lines(1_000, 1_003), `${lines(1_004, 1_005)} ${ann}`])).toEqual([`${ann}/0`, `${ann}/2`]);
  expect(keysFor([lines(1_001, 1_003), ann])).toEqual([`${ann}/1`, `${ann}/2`]);
  const anew = [lines(1_000, 1_003), lines(1_003, 1_005), lines(1_000, 1_002), ann];
  expect(keysFor(anew)).toEqual([`${ann}/0`, `${ann}/1`, `${ann}/3`, `${ann}/4`]);
});
