import { expect, test } from "bun:test";
import fc from "fast-check";
import { fits, numbered, toChoices, turnOfChoice } from "./offer.ts";

const publicId = `turn_${"0123456789abcdef".repeat(2)}`;
const offer = (label: string) => ({ label, line: `/agent ${label}` });

test("what a press names leads back to its turn, and is as short as the narrowest platform wants it", () => {
  const offers = Array.from({ length: 99 }, (_, index) => offer(String(index)));
  for (const tag of ["", "n12.", `a${Number.MAX_SAFE_INTEGER}.`]) {
    const choices = toChoices(offers, publicId, tag);
    expect(new Set(choices.map(({ id }) => id)).size).toBe(99);
    for (const { id } of choices) {
      expect(Buffer.byteLength(id)).toBeLessThanOrEqual(64);
      expect(turnOfChoice(id)).toBe(publicId);
    }
  }
});

test("what is no id of ours leads nowhere", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!/^[0-9a-f]{32}\//.test(text)) expect(turnOfChoice(text)).toBeUndefined();
    }),
  );
});

test("buttons fit when the platform shows as many, with all of their words", () => {
  const limits = { max: 2, labelMax: 5 };
  expect(fits([offer("one"), offer("seven")], limits)).toBe(true);
  expect(fits([offer("one"), offer("twelve")], limits)).toBe(false);
  expect(fits([offer("1"), offer("2"), offer("3")], limits)).toBe(false);
  expect(fits([offer("one")], { max: 0, labelMax: 0 })).toBe(false);
});

test("as a list, each choice has its number and says what it says", () => {
  expect(numbered("Which?", [offer("a *star*"), offer("2. b")])).toBe(
    "Which?\n\n1. a \\*star\\*\n2. 2\\. b\n\nAnswer with a number from 1 to 2.",
  );
  expect(numbered("This?", [offer("yes")])).toContain("Answer 1 to choose it.");
});
