import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { layOut, type LayoutOptions } from "./layout.ts";
import { parse } from "./parse.ts";
import { answers, anything, countWords, letters } from "./test-answers.ts";

const options: LayoutOptions = { linkable: (href) => /^https?:/.test(href), quotes: true };
const plainly: LayoutOptions = { linkable: () => false, quotes: false };

const lay = (source: string, how = options) => layOut(parse(source), how);

/** The text, and what its spans show, in order. */
const shown = (source: string, how = options) => {
  const { text, spans } = lay(source, how);
  return [text, ...spans.map(({ style, at, length }) => `${style}:${text.slice(at, at + length)}`)];
};

describe("layout without headings, lists and tables", () => {
  test("a heading is a line in bold", () => {
    expect(shown("## Title\ntext")).toEqual(["Title\n\ntext", "bold:Title"]);
  });

  test("styles nest, and new lines stay", () => {
    expect(shown("**a *b*\nc** ~~d~~ `e`")).toEqual(["a b\nc d e", "bold:a b\nc", "italic:b", "strike:d", "code:e"]);
  });

  test("lists have bullets, numbers and boxes, and what lies in an item stands below it", () => {
    expect(lay("- a\n  more\n  - [x] b\n  - [ ] c\n9. d\n10. [x] e\n    1. f").text).toBe(
      "• a\n  more\n  ☑ b\n  ☐ c\n\n9. d\n10. ☑ e\n      1. f",
    );
    expect(lay("- a\n\n  b\n- c").text).toBe("• a\n\n  b\n\n• c");
  });

  test("spans in a list lie where their words lie", () => {
    expect(shown("- x\n\n  **a\n  b**\n  - *c*")).toEqual(["• x\n\n  a\n  b\n\n  • c", "bold:a\n  b", "italic:c"]);
  });

  test("code in a list stays at the margin, where it can be copied", () => {
    expect(shown("1. run\n   ```sh\n   ls\n\n     pwd\n   ```\n   *then*")).toEqual([
      "1. run\nls\n\n  pwd\n   then",
      "pre:ls\n\n  pwd",
      "italic:then",
    ]);
    expect(shown("- ```\n  x\n  ```")).toEqual(["•\nx", "pre:x"]);
  });

  test("a quote is a span, one in a quote is marked", () => {
    expect(shown("> a\n> > b\n> > c")).toEqual(["a\n\n> b\n> c", "quote:a\n\n> b\n> c"]);
    expect(lay("> a\n> > b", plainly).text).toBe("> a\n\n> > b");
  });

  test("a link is a span, or its address is written out", () => {
    expect(shown("[a](https://x.y) [b](./c) [d](#e)")).toEqual(["a b (./c) d", "link:a"]);
    expect(lay("[a](https://x.y) <https://z> https://q [https://r](https://r) [](https://s)", plainly).text).toBe(
      "a (https://x.y) https://z https://q https://r https://s",
    );
  });

  test("an image is a link with its text", () => {
    expect(shown("![chart](https://x.y/z.png) ![](https://x.y) ![b](data:image/png;base64,AA)")).toEqual([
      "chart image b",
      "link:chart",
      "link:image",
    ]);
  });

  test("footnotes, rules, formulas and tags", () => {
    expect(shown("a[^1] $x^2$ <u>b</u>\n\n---\n\n[^1]: c\n\n$$\ny\n$$")).toEqual([
      "a[1] x^2 <u>b</u>\n\n———\n\n[1] c\n\ny",
      "code:x^2",
      "pre:y",
    ]);
  });
});

describe("tables", () => {
  test("are columns where the screen holds them, whatever their script", () => {
    expect(shown("| n | 値 |\n|---|--:|\n| one | 1 |\n| 二 | **22** |")).toEqual([
      "n   │ 値\n────┼───\none │  1\n二  │ 22",
      "pre:n   │ 値\n────┼───\none │  1\n二  │ 22",
    ]);
  });

  test("are lines where they are too wide", () => {
    const wide = "x".repeat(30);
    expect(shown(`| Name | Job |\n|---|---|\n| Ada | ${wide} |\n| Bob | |`)).toEqual([
      `Name: Ada\nJob: ${wide}\n\nName: Bob\nJob:`,
      "bold:Name:",
      "bold:Job:",
      "bold:Name:",
      "bold:Job:",
    ]);
  });

  test("are lines where they hold links, which code cannot", () => {
    expect(shown("| a |\n|---|\n| [b](https://c.d) |")).toEqual(["a: b", "bold:a:", "link:b"]);
  });

  test("name their rows by what stands in a column without a name", () => {
    const wide = "x".repeat(36);
    expect(shown(`| | Job |\n|---|---|\n| Ada | ${wide} |`)).toEqual([`Ada\nJob: ${wide}`, "bold:Ada", "bold:Job:"]);
  });

  test("without rows are their head", () => {
    expect(lay("| a | b |\n|---|---|").text).toContain("a │ b");
  });
});

describe("any text", () => {
  const ways = fc.constantFrom(options, plainly);

  test("is laid out with spans that lie within it and in each other", () => {
    fc.assert(
      fc.property(anything(), ways, (source, how) => {
        const { text, spans } = lay(source, how);
        expect(text.isWellFormed()).toBe(true);
        for (const { at, length } of spans) {
          expect(length).toBeGreaterThan(0);
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at + length).toBeLessThanOrEqual(text.length);
          expect(text.slice(at, at + length).isWellFormed()).toBe(true);
        }
        for (const one of spans) {
          for (const other of spans) {
            const apart = other.at >= one.at + one.length || one.at >= other.at + other.length;
            const within = one.at <= other.at && other.at + other.length <= one.at + one.length;
            const around = other.at <= one.at && one.at + one.length <= other.at + other.length;
            expect(apart || within || around).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("keeps its words", () => {
    fc.assert(
      fc.property(anything(), ways, (source, how) => {
        const { text, spans } = lay(source, how);
        // What names the language of code is told beside it, and its settings are not.
        const said = [text, ...spans.flatMap(({ language = "" }) => language)].join("\n");
        const meant = source.replace(/(`{3}|~{3})([\w+#.-]*\s*)(?:\{|[\w-]+=).*/g, "$1$2");
        expect(countWords(said)).toBeGreaterThanOrEqual(countWords(meant));
      }),
      { numRuns: 500 },
    );
    for (const answer of Object.values(answers)) {
      const said = letters(lay(answer, plainly).text);
      for (const word of answer.replace(/```\w+|base64,AAAA|data:image/g, "").match(/\p{L}{4,}/gu) ?? []) {
        expect(said).toContain(word);
      }
    }
  });
});
