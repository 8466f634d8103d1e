import { expect, test } from "bun:test";
import fc from "fast-check";
import { measure } from "./measure.ts";
import { split } from "./split.ts";

const units = ["bytes", "utf16", "codepoints"] as const;

const text = fc
  .array(fc.constantFrom("word", "é", "👩‍👩‍👧", " ", "\n", "\n\n", "```", "```ts\n", "~~~\n", "x".repeat(30)), {
    maxLength: 80,
  })
  .map((pieces) => pieces.join(" "));

/** What is left of a text when the marks that splitting may add are taken away. */
const words = (parts: string): string => parts.replace(/[`~]{3,}(ts)?/g, "").replace(/\s+/g, "");

test("every part is within the limit, in every unit", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 20, max: 120 }), fc.constantFrom(...units), (source, max, unit) => {
      for (const part of split(source, { text: max, unit })) expect(measure(part, unit)).toBeLessThanOrEqual(max);
    }),
  );
});

test("nothing is lost and nothing is said twice", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 20, max: 120 }), fc.constantFrom(...units), (source, max, unit) => {
      expect(words(split(source, { text: max, unit }).join(" "))).toBe(words(source));
    }),
  );
});

test("a character is never cut in two", () => {
  const parts = split("😀".repeat(100), { text: 21, unit: "utf16" });
  for (const part of parts) expect(part.isWellFormed()).toBe(true);
});

test("a short text is one part, and nothing is none", () => {
  expect(split("hello", { text: 100, unit: "utf16" })).toEqual(["hello"]);
  expect(split("  \n ", { text: 100, unit: "utf16" })).toEqual([]);
});

test("the cut falls between paragraphs where it can", () => {
  const parts = split(`${"a ".repeat(30)}\n\n${"b ".repeat(30)}`, { text: 80, unit: "utf16" });
  expect(parts.map((part) => part.charAt(0))).toEqual(["a", "b"]);
});

test("a code block that is cut is closed and opened again", () => {
  const code = `\`\`\`ts\n${"const x = 1;\n".repeat(20)}\`\`\``;
  const parts = split(code, { text: 100, unit: "utf16" });
  expect(parts.length).toBeGreaterThan(2);
  for (const part of parts) {
    expect(part).toStartWith("```ts\n");
    expect(part).toEndWith("```");
  }
});
