import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { answers, anything, letters } from "../../render/test-answers.ts";
import { entitiesOf } from "./entities.ts";
import { classic, classicLimit, plain, type Piece, rich, richLimit } from "./format.ts";

const ways = [
  ["rich", (markdown: string) => rich(markdown)],
  ["rich with images", (markdown: string) => rich(markdown, { images: true })],
  ["classic", classic],
  ["plain", plain],
] as const;

const expectSendable = ({ text, format, spans }: Piece): void => {
  expect(text.isWellFormed()).toBe(true);
  expect(text.trim()).not.toBe("");
  expect(text.length).toBeLessThanOrEqual(format === "rich" ? richLimit.text : classicLimit.text);
  expect(spans === undefined).toBe(format !== "entities");
  if (spans) entitiesOf(text, spans);
};

const long = "All is said and done here. ";

for (const [name, format] of ways) {
  describe(`as ${name}`, () => {
    test("any text comes out, within the limits", () => {
      fc.assert(
        fc.property(anything(), (source) => {
          const pieces = format(source);
          for (const piece of pieces) expectSendable(piece);
          expect(pieces.length > 0).toBe(source.trim() !== "");
          // Behind a fence it may be the name of a language, which plain text does not show.
          const shown = name.startsWith("rich") ? source : source.replaceAll(/(`{3,}|~{3,})[^\n]*/g, "");
          if (/[wW]ord/.test(shown)) expect(pieces.map(({ text }) => text).join("")).toMatch(/[wW]ord/);
        }),
        { numRuns: 500 },
      );
    });

    test("long texts are cut, and lose no word", () => {
      const tokens = Array.from({ length: 20_000 }, (_, index) => `w${index}`);
      for (const between of [" ", "\n", "\n\n", "\n- ", "\n\n```\n", "|", ". ", "\n> ", ""]) {
        const pieces = format(`- ${tokens.join(between)}`);
        for (const piece of pieces) expectSendable(piece);
        const said = letters(pieces.map(({ text }) => text).join(""));
        for (const token of [0, 1, 9_999, 19_998, 19_999]) expect(said).toContain(`w${token}`);
      }
    });

    test("answers of models keep their words", () => {
      for (const answer of Object.values(answers)) {
        const pieces = format(answer);
        expect(pieces.length).toBeGreaterThan(0);
        const said = letters(JSON.stringify(pieces));
        const source = answer.replace(/```\w+|base64,AAAA|data:image|&amp;/g, "");
        for (const word of source.match(/\p{L}{4,}/gu) ?? []) expect(said).toContain(word);
      }
    });

    test("a text of marks only is said as it is", () => {
      for (const source of ["```", "**", "[](#)", "\u0000"]) expect(format(source)).not.toEqual([]);
    });

    test("a text without anything to see is none", () => {
      expect(format("")).toEqual([]);
      expect(format(" \n\t ")).toEqual([]);
    });
  });
}

const only = (source: string, options = {}): Piece | undefined => {
  const pieces = rich(source, options);
  expect(pieces).toHaveLength(1);
  return pieces[0];
};

describe("a rich message", () => {
  test("is Markdown as it was written", () => {
    const source =
      "# Title\n\n- [x] **done**\n\n| a | b |\n| --- | --- |\n| $x^2$ | [c](https://d.e) |\n\n```ts\nf\n```";
    expect(only(source)).toEqual({ text: source, format: "rich" });
  });

  test("fetches no image: it is a link", () => {
    expect(only("![a chart](https://evil.example/?q=secret)")?.text).toBe("[a chart](https://evil.example/?q=secret)");
    expect(only("![][r]\n\n[r]: https://evil.example")?.text).toBe("[image](https://evil.example)");
  });

  test("fetches images where that is allowed: from the web, alone", () => {
    expect(only("![a](https://x.y/z.png)", { images: true })?.text).toBe('![](https://x.y/z.png "a")');
    expect(only("b ![a](https://x.y/z.png)", { images: true })?.text).toBe("b [a](https://x.y/z.png)");
    for (const href of ["tg://photo?id=1", "http:x", "ftp://x.y/z", "//x.y/z.png"]) {
      expect(only(`![a](${href})`, { images: true })?.text).not.toContain("![");
    }
  });

  test("never means files of the bot", () => {
    for (const kind of ["photo", "video", "audio", "document", "emoji", "TIME"]) {
      expect(only(`![](tg://${kind}?id=1) [a](tg://${kind}?id=2)`)?.text).not.toContain("](");
    }
  });

  test("keeps mentions", () => {
    expect(only("[Ada](tg://user?id=1) @bob /start #tag")?.text).toBe("[Ada](tg://user?id=1) @bob /start #tag");
  });

  test("holds no button, map or other tag that the text brought along", () => {
    const tags = [
      '<tg-button type="callback_data" data="yes">',
      "<tg-map lat='1'/>",
      "<img src='https://x.y'>",
      "<!-- -->",
    ];
    for (const tag of tags) {
      expect(only(`a ${tag} b`)?.text).toContain("a &lt;");
      expect(only(`${tag}\n\n**b**`)?.text).toStartWith("&lt;");
      expect(only(`| a |\n|---|\n| ${tag} |`)?.text).toContain("| &lt;");
      expect(only(`[${tag}](https://x.y)`)?.text).toContain("[&lt;");
      expect(only(`$x=${tag}$`)?.text).not.toMatch(/^\$/);
    }
  });

  test("holds nothing that a strict reader would fetch or press, whatever it was written from", () => {
    const strict = new MarkdownIt("default", { html: true });
    fc.assert(
      fc.property(anything(60), (source) => {
        for (const { text, format } of rich(source)) {
          if (format !== "rich") continue;
          const blocks = strict.parse(text, {});
          for (const token of [...blocks, ...blocks.flatMap(({ children }) => children ?? [])]) {
            expect(["image", "html_block"]).not.toContain(token.type);
            if (token.type === "html_inline") expect(token.content).toBe("<br>");
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("keeps footnotes together with their notes, or makes text of them", () => {
    expect(only("a[^1]\n\n[^1]: b")?.text).toBe("a[^1]\n\n[^1]: b");
    expect(only("a[^1] c[^2]\n\n[^1]: b")?.text).toBe("a\\[1] c\\[2]\n\n\\[1] b");
    const pieces = rich(`a[^1]\n\n${long.repeat(2_000)}\n\n[^1]: b`);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces[0]?.text).toStartWith("a\\[1]");
    expect(pieces.at(-1)?.text).toEndWith("\\[1] b");
  });

  test("is text with entities where it would be too wide or too deep for one", () => {
    const wide = `${"| x ".repeat(21)}|\n${"|---".repeat(21)}|\n${"| y ".repeat(21)}|`;
    const deep = `${"> ".repeat(16)}deep`;
    for (const block of [wide, deep]) {
      const pieces = rich(`before\n\n${block}\n\nafter`);
      expect(pieces.map(({ format }) => format === "rich")).toEqual([true, false, true]);
    }
    expect(rich(`${"| x ".repeat(20)}|\n${"|---".repeat(20)}|`)[0]?.format).toBe("rich");
  });

  test("is cut at 500 blocks and 50 images", () => {
    const paragraphs = rich("a\n\n".repeat(1_200));
    expect(paragraphs.map(({ text }) => text.split("\n\n").length)).toEqual([500, 500, 200]);
    const images = rich("![](https://x.y/z.png)\n\n".repeat(120), { images: true });
    expect(images.map(({ text }) => text.split("\n\n").length)).toEqual([50, 50, 20]);
  });

  test("that cannot be cut is text with entities", () => {
    const cell = `| a |\n|---|\n| ${long.repeat(2_000)} |`;
    const pieces = rich(cell);
    expect(pieces.length).toBeGreaterThan(10);
    for (const piece of pieces) expect(piece.format).not.toBe("rich");
  });

  test("that Telegram refuses can be said with entities: the tags it brought are read back", () => {
    for (const [name, answer] of Object.entries(answers)) {
      const again = rich(answer).flatMap(({ text }) => classic(text));
      if (name !== "sources")
        expect(letters(again.map(({ text }) => text).join(""))).toBe(
          letters(
            classic(answer)
              .map(({ text }) => text)
              .join(""),
          ),
        );
    }
  });
});

describe("text with entities", () => {
  test("links to the web, to mail and to people, and writes other addresses out", () => {
    const [piece] = classic(
      "[a](https://x.y) [b](mailto:c@d.e) [f](tg://user?id=1) [g](./h) [i](ftp://j) [k](https://)",
    );
    expect(piece?.text).toBe("a b f g (./h) i (ftp://j) k (https://)");
    expect(piece?.spans?.map(({ href }) => href)).toEqual(["https://x.y", "mailto:c@d.e", "tg://user?id=1"]);
  });

  test("is plain where nothing is to be shown in its own way", () => {
    expect(classic("hello")).toEqual([{ text: "hello" }]);
  });

  test("says code that is cut as code in both", () => {
    const pieces = classic(`\`\`\`ts\n${"const x = 1;\n".repeat(500)}\`\`\``);
    expect(pieces).toHaveLength(2);
    for (const { text, spans = [] } of pieces) {
      expect(entitiesOf(text, spans)).toEqual([{ type: "pre", language: "ts", offset: 0, length: text.length }]);
    }
  });
});

test("plain text says where links lead, and marks quotes", () => {
  expect(plain("> [a](https://x.y) **b**\n\n- c")).toEqual([{ text: "> a (https://x.y) b\n\n• c" }]);
});
