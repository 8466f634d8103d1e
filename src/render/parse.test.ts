import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Inline } from "./document.ts";
import { parse } from "./parse.ts";
import { anything, answers, letters } from "./test-answers.ts";

const inlinesOf = (source: string): readonly Inline[] => {
  const [first] = parse(source);
  return first && "children" in first ? (first.children as readonly Inline[]) : [];
};

const text = (value: string): Inline => ({ kind: "text", text: value });

describe("what models write and do not mean as markup stays as it is", () => {
  const asText = [
    "2*3*4 = 24",
    "x**2 + y**2 = z**2",
    "5 * 3 * 2",
    "a*b*c",
    "my_class_name",
    "__init__ and __main__.py",
    "src/*.ts and lib/*.js",
    "*.ts and *.js",
    "f(*args, **kwargs)",
    "it costs $5 and $10",
    "$HOME and $PATH",
    "US$5-US$10",
    "~5 minutes or ~10",
    "a || b || c",
    "<b>not</b> <tg-spoiler>tags</tg-spoiler>",
    "**never closed",
    "[no link] and [x] and a[0](1",
    "C:\\temp\\new",
  ];
  for (const source of asText) {
    test(source, () => {
      expect(inlinesOf(source)).toEqual([text(source)]);
    });
  }

  test("the stars within a stretch in bold", () => {
    expect(inlinesOf("**a*b*c**")).toEqual([{ kind: "bold", children: [text("a*b*c")] }]);
  });

  test("an address with marks in it", () => {
    const address = "https://a.b/_next_/x*y*z?q=__a__(b)";
    expect(inlinesOf(`see ${address}).`)).toEqual([text("see "), { kind: "address", text: address }, text(").")]);
  });
});

describe("what models mean as markup is seen", () => {
  test("bold that ends in a mark before a letter", () => {
    expect(inlinesOf("**Note:**this")).toEqual([{ kind: "bold", children: [text("Note:")] }, text("this")]);
    expect(inlinesOf("**“重要”**的")).toEqual([{ kind: "bold", children: [text("“重要”")] }, text("的")]);
  });

  test("first letters", () => {
    expect(inlinesOf("**S**ingle *r*ule, the **2**nd")).toEqual([
      { kind: "bold", children: [text("S")] },
      text("ingle "),
      { kind: "italic", children: [text("r")] },
      text("ule, the "),
      { kind: "bold", children: [text("2")] },
      text("nd"),
    ]);
  });

  test("formulas in dollars, parentheses and brackets", () => {
    expect(inlinesOf("$x_1*y*z$, \\(a_1\\), $$E=mc^2$$ and $n$")).toEqual([
      { kind: "math", text: "x_1*y*z" },
      text(", "),
      { kind: "math", text: "a_1" },
      text(", "),
      { kind: "math", text: "E=mc^2" },
      text(" and "),
      { kind: "math", text: "n" },
    ]);
    expect(parse("a\n$$\nx\n\ny\n$$\n\\[\nz\n\\]")).toEqual([
      { kind: "paragraph", children: [text("a")] },
      { kind: "math", text: "x\n\ny" },
      { kind: "math", text: "z" },
    ]);
  });

  test("a new line by tag, and spoilers", () => {
    expect(inlinesOf("a<br/>b ||c *d*||")).toEqual([
      text("a"),
      { kind: "break" },
      text("b "),
      { kind: "spoiler", children: [text("c "), { kind: "italic", children: [text("d")] }] },
    ]);
  });

  test("a fence that is never closed", () => {
    expect(parse("```ts\nconst a = 1;")).toEqual([{ kind: "code", text: "const a = 1;", language: "ts" }]);
  });

  test("tasks, numbers and tables", () => {
    expect(parse("3. [x] a\n4. b")).toEqual([
      {
        kind: "list",
        start: 3,
        tight: true,
        items: [
          { done: true, children: [{ kind: "paragraph", children: [text("a")] }] },
          { children: [{ kind: "paragraph", children: [text("b")] }] },
        ],
      },
    ]);
    expect(parse("| a | b |\n|:-:|---|\n| `x\\|y` | z")).toEqual([
      {
        kind: "table",
        align: ["center", undefined],
        head: [[text("a")], [text("b")]],
        rows: [[[{ kind: "code", text: "x|y" }], [text("z")]]],
      },
    ]);
  });
});

describe("nothing is lost", () => {
  test("a definition that something refers to makes a link; else it is text", () => {
    expect(parse("[a][1]\n\n[1]: https://x.y")).toEqual([
      { kind: "paragraph", children: [{ kind: "link", href: "https://x.y", children: [text("a")] }] },
    ]);
    expect(parse("[1]: https://x.y 'title'")).toEqual([
      { kind: "paragraph", children: [text("[1]: "), { kind: "address", text: "https://x.y" }, text(" 'title'")] },
    ]);
  });

  test("footnotes stay where they are", () => {
    expect(parse("a[^1]\n\n[^1]: b\n[^2]: https://c.d")).toEqual([
      { kind: "paragraph", children: [text("a"), { kind: "footnote", label: "1" }] },
      { kind: "note", label: "1", children: [text("b")] },
      { kind: "note", label: "2", children: [{ kind: "address", text: "https://c.d" }] },
    ]);
  });

  test("cells for which there is no column", () => {
    const [table] = parse("> | a | b |\n> |---|---|\n> | c | d || e \\| f |");
    expect(JSON.stringify(table)).toContain("d || e | f");
  });

  test("what stands behind a fence", () => {
    expect(parse("```Hear me out\nx\n```")).toEqual([{ kind: "code", text: "Hear me out\nx" }]);
    expect(parse("```word")).toEqual([{ kind: "code", text: "word" }]);
    expect(parse('```ts title="x"\ny\n```')).toEqual([{ kind: "code", text: "y", language: "ts" }]);
    expect(parse('```title="x"\ny\n```')).toEqual([{ kind: "code", text: "y" }]);
  });

  test("what lies deeper than anyone reads is text", () => {
    for (const depth of [20, 200, 20_000]) {
      expect(JSON.stringify(parse(`${"> ".repeat(depth)}deep`))).toContain("deep");
      expect(JSON.stringify(parse(`${"- ".repeat(depth)}deep`))).toContain("deep");
    }
    const steps = Array.from({ length: 60 }, (_, step) => `${"  ".repeat(step)}- step${step}x`).join("\n");
    const said = JSON.stringify(parse(steps));
    for (let step = 0; step < 60; step += 1) expect(said).toContain(`step${step}x`);
  });

  test("words in any mess of markup", () => {
    fc.assert(
      fc.property(anything(), (source) => {
        const wanted = source.match(/[wW]ord/g)?.length ?? 0;
        expect(JSON.stringify(parse(source)).match(/[wW]ord/g)?.length ?? 0).toBeGreaterThanOrEqual(wanted);
      }),
    );
  });

  test("letters of every answer", () => {
    for (const answer of Object.values(answers)) {
      const said = letters(JSON.stringify(parse(answer)));
      for (const word of answer.match(/\p{L}{4,}/gu) ?? []) expect(said).toContain(word);
    }
  });
});

test("half characters become whole ones", () => {
  fc.assert(
    fc.property(anything(), (source) => {
      expect(JSON.stringify(parse(source))).not.toMatch(/\\ud[89a-f]/i);
    }),
  );
});
