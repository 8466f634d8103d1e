import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Block } from "./document.ts";
import { layOut } from "./layout.ts";
import { parse } from "./parse.ts";
import { countBlocks, divide } from "./pieces.ts";
import { answers, anything, letters } from "./test-answers.ts";
import { type Dialect, write } from "./write.ts";

const dialect: Dialect = { linkable: () => true, images: false, html: true, notes: false, math: true };
const weigh = (block: Block) => ({ text: write([block], dialect).length, blocks: countBlocks(block) });

const pieces = (source: string, text: number, blocks = 500) =>
  divide(parse(source), weigh, { text, blocks }).map((piece) => write(piece, dialect));

describe("Markdown in pieces", () => {
  test("is cut between blocks, and a heading stays with what it heads", () => {
    const words = "word ".repeat(10).trim();
    expect(pieces(`${words}\n\n# Title\n\n${words}`, 80)).toEqual([words, `# Title\n\n${words}`]);
    expect(pieces(`# A\n\n## B\n\n${words}`, 58)).toEqual(["# A", `## B\n\n${words}`]);
  });

  test("closes and reopens fences at a line", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `const x${index} = 1;`);
    const found = pieces(`\`\`\`ts\n${lines.join("\n")}\n\`\`\``, 200);
    expect(found.length).toBeGreaterThan(2);
    for (const piece of found) {
      expect(piece).toStartWith("```ts\n");
      expect(piece).toEndWith("\n```");
    }
    expect(found.flatMap((piece) => piece.split("\n").slice(1, -1))).toEqual(lines);
  });

  test("repeats the head of a table", () => {
    const rows = Array.from({ length: 12 }, (_, index) => `| ${index} | x |`);
    const found = pieces(["| n | m |", "| --- | ---: |", ...rows].join("\n"), 80);
    expect(found.length).toBeGreaterThan(2);
    for (const piece of found) expect(piece).toStartWith("| n | m |\n| --- | ---: |\n|");
    expect(found.flatMap((piece) => piece.split("\n").slice(2))).toEqual(rows);
  });

  test("goes on counting in a list", () => {
    const items = Array.from({ length: 40 }, (_, index) => `${index + 1}. item`);
    const found = pieces(items.join("\n"), 100);
    expect(found.flatMap((piece) => piece.split("\n"))).toEqual(items);
  });

  test("cuts a long item between its paragraphs, and a quote into quotes", () => {
    const words = "word ".repeat(10).trim();
    expect(pieces(`- ${words}\n\n  ${words}`, 60)).toEqual([`- ${words}`, words]);
    expect(pieces(`> ${words}\n>\n> ${words}`, 60)).toEqual([`> ${words}`, `> ${words}`]);
  });

  test("cuts a long paragraph between sentences, and what is stressed is stressed on both sides", () => {
    expect(pieces("**One is here. Two is there.** And [a link](https://a.b) follows.", 45)).toEqual([
      "**One is here. Two is there.**",
      "And [a link](https://a.b) follows.",
    ]);
    expect(pieces(`**${"word ".repeat(8).trim()}**`, 30)).toEqual([
      "**word word word word**",
      "**word word word word**",
    ]);
  });

  test("keeps within the number of blocks", () => {
    const list = Array.from({ length: 900 }, () => "- x").join("\n");
    const documents = divide(parse(`${list}\n\n${list}`), weigh, { text: 100_000, blocks: 500 });
    expect(documents.length).toBeLessThan(12);
    for (const piece of documents) {
      expect(piece.reduce((sum, block) => sum + countBlocks(block), 0)).toBeLessThanOrEqual(500);
    }
  });
});

const said = (text: string): string => letters(text.replace(/\d+/g, ""));
const shown = (source: string): string => layOut(parse(source), { linkable: () => true, quotes: true }).text;

describe("any Markdown in pieces", () => {
  test("is within the limit, except for what cannot be cut", () => {
    fc.assert(
      fc.property(anything(), fc.integer({ min: 60, max: 300 }), (source, max) => {
        for (const piece of divide(parse(source), weigh, { text: max, blocks: 20 })) {
          const weight = {
            text: write(piece, dialect).length,
            blocks: piece.reduce((sum, one) => sum + countBlocks(one), 0),
          };
          expect(piece.length === 1 || (weight.text <= max && weight.blocks <= 20)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("loses no letter and says none twice", () => {
    fc.assert(
      fc.property(anything(), fc.integer({ min: 20, max: 200 }), (source, max) => {
        const table = source.replaceAll("|---", "|"); // whose head is said again
        expect(said(pieces(table, max).map(shown).join(""))).toBe(said(shown(table)));
      }),
      { numRuns: 500 },
    );
    for (const [name, answer] of Object.entries(answers)) {
      if (name !== "comparison") expect(said(pieces(answer, 90).map(shown).join(""))).toBe(said(shown(answer)));
    }
  });
});
