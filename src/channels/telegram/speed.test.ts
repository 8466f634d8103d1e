import { test } from "bun:test";
import { expectProportional } from "../../../test/support/work.ts";
import { previewOf } from "../../render/preview.ts";
import { answers } from "../../render/test-answers.ts";
import { classic, plain, rich } from "./format.ts";

const repeated = (piece: string) => (length: number) => piece.repeat(Math.ceil(length / piece.length));

/** Texts that make many readers of Markdown go over the same ground again and again. */
const hostile: Readonly<Record<string, (length: number) => string>> = {
  answers: repeated(Object.values(answers).join("\n\n")),
  "opening brackets": repeated("["),
  "opening stars": repeated("*a **b _c "),
  "half words": repeated("*a_ "),
  "stars and stars": repeated("*a**b "),
  "opening images": repeated("![]("),
  "opening links": repeated("[a](<b"),
  quotes: repeated("> "),
  lists: repeated("- "),
  lines: repeated("word\n"),
  items: repeated("- word\n"),
  backticks: (length) =>
    Array.from({ length: Math.floor(Math.sqrt(2 * length)) }, (_, count) => "`".repeat(count)).join(" "),
  dollars: repeated("$a "),
  formulas: repeated("\\(x \\[\n"),
  bars: repeated("||a "),
  tags: repeated("<a "),
  addresses: repeated("http://a("),
  definitions: repeated("[a]: b\n"),
  notes: repeated("[^a]: b[^c]\n"),
  tables: (length) => `|a|b|\n|-|-|\n${repeated("|c|d|\n")(length)}`,
  columns: (length) => `${"|a".repeat(length / 4)}\n${"|-".repeat(length / 4)}`,
  steps: (length) =>
    Array.from({ length: Math.floor(Math.sqrt(length)) }, (_, depth) => `${"  ".repeat(depth)}- a`).join("\n"),
  accents: (length) => `a${"\u0301".repeat(length)}`,
  spaces: (length) => `a${" ".repeat(length)}b`,
  "one word": repeated("x"),
};

const formats = { rich, classic, plain, previewOf: (markdown: string) => previewOf(markdown) };

for (const [name, make] of Object.entries(hostile)) {
  test(`eight times as many ${name} are about eight times the work`, () => {
    for (const format of Object.values(formats)) expectProportional((length) => format(make(length)), 32_000);
  });
}
