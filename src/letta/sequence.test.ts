import { expect, test } from "bun:test";
import { createSequence } from "./sequence.ts";

const placesOf = (numbers: readonly number[], after?: number) => numbers.map(createSequence(after));

test("numbers one after the other follow each other, from 0 or from 1", () => {
  expect(placesOf([1, 2, 3])).toEqual(["next", "next", "next"]);
  expect(placesOf([0, 1, 2])).toEqual(["next", "next", "next"]);
});

test("a number that is missing is a gap, at the beginning as well", () => {
  expect(placesOf([1, 3, 4])).toEqual(["next", "behind a gap", "next"]);
  expect(placesOf([2, 3])).toEqual(["behind a gap", "next"]);
});

test("a number that was there before comes again", () => {
  expect(placesOf([1, 2, 2, 1, 3])).toEqual(["next", "next", "again", "again", "next"]);
});

test("a stream that is taken up goes on behind the number it was heard to", () => {
  expect(placesOf([5, 6], 4)).toEqual(["next", "next"]);
  expect(placesOf([4, 5], 4)).toEqual(["again", "next"]);
  expect(placesOf([6, 7], 4)).toEqual(["behind a gap", "next"]);
  expect(placesOf([1], 0)).toEqual(["next"]);
  expect(placesOf([2], 0)).toEqual(["behind a gap"]);
});
