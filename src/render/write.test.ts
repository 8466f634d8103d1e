import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { layOut } from "./layout.ts";
import { parse } from "./parse.ts";
import { answers, anything, countWords, letters } from "./test-answers.ts";
import { type Dialect, write } from "./write.ts";

const dialect: Dialect = {
  linkable: (href) => /^(https?|tg):\/\/./.test(href),
  images: false,
  html: true,
  notes: true,
  math: true,
};
const say = (source: string, how: Partial<Dialect> = {}) => write(parse(source), { ...dialect, ...how });
const shown = (source: string) => layOut(parse(source), { linkable: dialect.linkable, quotes: true });

/** A reader of the letter of the standard, with tags and without mercy. */
const strict = new MarkdownIt("default", { html: true });
const tokens = (markdown: string) => {
  const blocks = strict.parse(markdown, {});
  return [...blocks, ...blocks.flatMap(({ children }) => children ?? [])];
};

describe("written Markdown", () => {
  const same = [
    "# Title\n\ntext **bold** *italic* ~~gone~~ `code` ||secret||",
    "- a\n  - b\n\n    ```ts\n    c\n    ```\n- [x] d",
    "1. a\n2. b\n   1. c",
    "> a\n>\n> > b",
    "| a | b |\n| :--- | :---: |\n| 1 | `x\\|y` |",
    "[a](https://x.y/z_%281%29) https://x.y/a_b $x^2$ a[^1]\n\n[^1]: note",
    "line  \nline\n\n---\n\n```math\nx\n```",
    "- a\n\n* b\n\n- c",
  ];
  for (const source of same) {
    test(`is as it was: ${source.split("\n")[0]}`, () => {
      expect(say(source)).toBe(source);
    });
  }

  test("stresses what every reader sees stressed", () => {
    expect(say("**Note:**this")).toBe("**Note**:this");
    expect(say("**“重要”**的")).toBe("“**重要**”的");
    expect(say("***a*** the **2**nd")).toBe("***a*** the **2**nd");
    expect(say("x/_a_ and src/*.ts")).toBe("x/_a_ and src/\\*.ts");
  });

  test("keeps the end of a line at the end of what is stressed", () => {
    expect(say("**a<br>**b *<br>c*")).toBe("**a**  \nb  \n*c*");
    expect(say("| a |\n|---|\n| ***b<br>***c |")).toBe("| a |\n| --- |\n| ***b***<br>c |");
  });

  test("escapes what is text", () => {
    expect(say("2*3*4 __init__ a_b ~x ==y== $5 <b> [x] | \\# &lt;")).toBe(
      "2\\*3\\*4 \\_\\_init\\_\\_ a_b \\~x \\=\\=y\\=\\= \\$5 &lt;b> \\[x] \\| # <",
    );
    expect(say("\\- a\n\\1. b\n1\\. c\n\\+ d\n\\> e\n\\# f\n\\=g")).toBe(
      "\\- a  \n\\\\1. b  \n1\\. c  \n\\+ d  \n\\> e  \n\\# f  \n\\=g",
    );
    expect(say("&amp;lt;")).toBe("&amp;lt;");
  });

  test("makes no image of a link behind an exclamation mark", () => {
    expect(say("a\\![b](https://x.y)")).toBe("a\\![b](https://x.y)");
    expect(say("a!https://x.y/_b_c")).toBe("a\\![https://x.y/\\_b_c](https://x.y/_b_c)");
  });

  test("writes a formula as code where it could be read as something else", () => {
    expect(say("$x_1=![a](b)$ $y<b$ $z=http://a$")).toBe("`x_1=![a](b)` `y<b` `z=http://a`");
    expect(say("$x^2$", { math: false })).toBe("`x^2`");
  });

  test("closes every fence, and makes it longer than what it holds", () => {
    expect(say("~~~~md\n```js\nx\n```")).toBe("````md\n```js\nx\n```\n````");
  });

  test("has no image, unless it may: alone, and from the web", () => {
    expect(say("![a](https://x.y/z.png)\n\n![](tg://photo?id=1)\n\n![](x.png)")).toBe(
      "[a](https://x.y/z.png)\n\n[image](tg://photo?id=1)\n\nimage (x.png)",
    );
    expect(say('![a "b"](https://x.y/z.png)\n\nc ![d](https://e.f)', { images: true })).toBe(
      '![](https://x.y/z.png "a b")\n\nc [d](https://e.f)',
    );
  });

  test("shows an image in a link by its words", () => {
    expect(say("[![i](https://a.b/i.png) x](https://c.d)")).toBe("[i x](https://c.d)");
  });

  test("writes an address out where a link may not lead", () => {
    expect(say("[a](./b_c) [d](#e) [f](javascript:x)")).toBe("a (./b_c) d \\[f](javascript:x)");
    expect(say("[a]: {x")).toBe("\\[a]: {x");
  });

  test("keeps code apart from code", () => {
    expect(say("\\(y\\)$`<b>$")).toBe("`y` `` `<b> ``");
    expect(say("\\``a`")).toBe("\\``a`");
  });

  test("keeps the cells of a table in their row", () => {
    expect(say("| a |\n|---|\n| b<br>c \\| d |")).toBe("| a |\n| --- |\n| b<br>c \\| d |");
    expect(say("| a |\n|---|\n| b<br>c |", { html: false })).toBe("| a |\n| --- |\n| b c |");
  });

  test("a cell that ends with the end of a line is one of one line", () => {
    const source = "| a | b |\n|---|---|\n| c | d |\n*><br>*";
    expect(shown(say(source)).text).toBe(shown(source).text);
  });

  test("what was no address or formula where it stood becomes none", () => {
    for (const source of ["\\\\https://a.b/_c_", "[1]: https://a.b\n```ts\n\\[\nz\n\\]"])
      expect(shown(say(source)).text).toBe(shown(source).text);
  });

  test("says the same again, whatever it was written from", () => {
    fc.assert(
      fc.property(anything(60), (source) => {
        const once = say(source);
        expect(once.isWellFormed()).toBe(true);
        expect(letters(shown(once).text)).toBe(letters(shown(source).text));
      }),
      { numRuns: 1000 },
    );
    for (const answer of Object.values(answers)) {
      expect(shown(say(answer)).text.replace(/\s+/g, " ")).toBe(shown(answer).text.replace(/\s+/g, " "));
    }
  });

  test("is the same when it is written again", () => {
    for (const answer of Object.values(answers)) expect(say(say(answer))).toBe(say(answer));
  });

  test("holds no tag, no image and no address that was not allowed, for the strictest reader", () => {
    fc.assert(
      fc.property(anything(60), (source) => {
        for (const token of tokens(say(source, { notes: false }))) {
          expect(["html_block", "image"]).not.toContain(token.type);
          if (token.type === "html_inline") expect(token.content).toBe("<br>");
          if (token.type === "link_open") expect(dialect.linkable(String(token.attrGet("href")))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("reads the same for the strictest reader", () => {
    fc.assert(
      fc.property(anything(60), (source) => {
        const seen = tokens(say(source, { math: false, notes: false, html: false }))
          .filter(({ type }) => ["text", "code_inline", "fence", "code_block", "text_special"].includes(type))
          .map(({ content }) => content)
          .join(" ");
        // In columns: a table in lines names its columns again in every row.
        const inColumns = { linkable: () => false, quotes: true, tableWidth: 100_000 };
        expect(countWords(seen)).toBe(countWords(layOut(parse(source), inColumns).text));
      }),
      { numRuns: 1000 },
    );
  });
});
