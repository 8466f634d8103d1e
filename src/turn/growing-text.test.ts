import { expect, test } from "bun:test";
import fc from "fast-check";
import { createGrowingText, pieceOf, pieceUnits } from "./growing-text.ts";

/** Texts long enough for several pieces, with pairs that may lie across their ends. */
const longText = fc
  .array(fc.constantFrom("a", "🦔", "é", "x".repeat(1_000), "🦔".repeat(700), "y".repeat(pieceUnits - 1)), {
    maxLength: 20,
  })
  .map((parts) => parts.join(""));

const cut = (text: string, at: readonly number[]): readonly string[] => {
  const places = [0, ...at.map((place) => place % (text.length + 1)), text.length].toSorted((a, b) => a - b);
  return places.slice(1).map((place, index) => text.slice(places[index], place));
};

test("pieces read one after the other are the text, none too long, no pair cut", () => {
  fc.assert(
    fc.property(longText, fc.array(fc.nat(), { maxLength: 10 }), (text, places) => {
      const growing = createGrowingText();
      for (const part of cut(text, places)) growing.append(part);
      expect(growing.length).toBe(text.length);
      expect(growing.all()).toBe(text);
      for (const pieceAt of [(at: number) => growing.piece(at), (at: number) => pieceOf(text, at)]) {
        let read = "";
        while (read.length < text.length) {
          const piece = pieceAt(read.length);
          expect(piece.length).toBeWithin(1, pieceUnits + 2);
          expect(piece.isWellFormed()).toBe(true);
          read += piece;
        }
        expect(read).toBe(text);
        expect(pieceAt(text.length)).toBe("");
      }
    }),
    { numRuns: 200 },
  );
});

test("a piece may begin anywhere, and grows with the text", () => {
  const growing = createGrowingText();
  growing.append("one two");
  expect(growing.piece(4)).toBe("two");
  growing.append(" three");
  expect(growing.piece(4)).toBe("two three");
  expect(growing.piece(100)).toBe("");
});
