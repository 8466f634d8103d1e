import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { layOut } from "./layout.ts";
import { parse } from "./parse.ts";
import { previewOf } from "./preview.ts";
import { answers, anything } from "./test-answers.ts";

describe("an answer that is still being written", () => {
  const cases: readonly (readonly [written: string, shown: string])[] = [
    ["a **bo", "a **bo**"],
    ["a **bold*", "a **bold**"],
    ["a **bold** and", "a **bold** and"],
    ["a *it **bo", "a *it **bo***"],
    ["a `co", "a `co`"],
    ["~~go", "~~go~~"],
    ["a **", "a "],
    ["a `", "a "],
    ["see [the page](https://a.b/c", "see the page"],
    ["![a chart](https://a", "a chart"],
    ["see [the page](https://a.b)", "see [the page](https://a.b)"],
    ["text\n-", "text"],
    ["text\n\n|", "text\n"],
    ["| a | b |\n|--", "| a | b |"],
    ["text\n``", "text"],
    ["text\n\n```ts", "text\n"],
    ["```ts\nconst a", "```ts\nconst a"],
    ["```ts\nconst a = **b\n``", "```ts\nconst a = **b"],
    ["```\nx\n```", "```\nx\n```"],
    ["- a\n- *b", "- a\n- *b*"],
    ["2*3 and a * b and __init__", "2*3 and a * b and __init__"],
    ["`**` and **b", "`**` and **b**"],
    [`f *args ${"word ".repeat(40)}`, `f *args ${"word ".repeat(40)}`],
    ["[a](https://b/c_(d)", "a"],
    ["see [a](`x", "see a"],
    ["see [a](`", "see a"],
  ];
  for (const [written, shown] of cases) {
    test(`${JSON.stringify(written)} is shown as ${JSON.stringify(shown)}`, () => {
      expect(previewOf(written)).toBe(shown);
    });
  }

  test("is shown at every length", () => {
    fc.assert(
      fc.property(anything(60), fc.nat(), (source, length) => {
        const { text } = layOut(parse(previewOf(source.slice(0, length))), { linkable: () => true, quotes: true });
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("shows no mark that is only half there", () => {
    for (const name of ["explanation", "comparison", "tasks"]) {
      const answer = answers[name] ?? "";
      for (let length = 1; length <= answer.length; length += 1) {
        const { text } = layOut(parse(previewOf(answer.slice(0, length))), { linkable: () => true, quotes: true });
        expect(text).not.toMatch(/\*|~~|`|\]\(/);
      }
    }
  });

  test("is as it is, once it is whole", () => {
    for (const [name, answer] of Object.entries(answers)) if (name !== "names") expect(previewOf(answer)).toBe(answer);
  });
});
