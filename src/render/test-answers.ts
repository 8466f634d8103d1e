/** For tests: answers as models give them, and text that is hard on every reader of Markdown. */
import fc from "fast-check";

export const answers: Readonly<Record<string, string>> = {
  explanation: `# Binary search

Binary search finds an item in a **sorted** list in \`O(log n)\` steps. It works like this:

1. Look at the *middle* item.
2. If it is too big, go on with the left half:
   - keep \`low\`
   - set \`high = mid - 1\`
3. Else go on with the right half.

> **Note:** the list must be sorted, or \`binary_search\` finds nothing.

\`\`\`python
def binary_search(items, target):
    low, high = 0, len(items) - 1
    while low <= high:
        mid = (low + high) // 2

        if items[mid] == target:
            return mid
    return -1
\`\`\`

See [the article](https://en.wikipedia.org/wiki/Binary_search_(algorithm)) for more.`,

  comparison: `Here is how they compare:

| | SQLite | PostgreSQL |
|---|:---:|---:|
| Server | none | **yes** |
| Writers | 1 | many |
| Setup | \`open()\` | [guide](https://www.postgresql.org/docs) |

**TL;DR:** start with SQLite, it costs $0 — PostgreSQL on a host is $15 to $50 a month.`,

  tasks: `Done so far:

- [x] Read the file
- [ ] ~~Ask Bob~~ Ask *Alice*
- [ ] Write it up
    1. outline
    2. draft`,

  mathematics: `The roots are \\(x_{1,2} = \\frac{-b \\pm \\sqrt{b^2-4ac}}{2a}\\), so for $a=1$:

$$
x = \\frac{-b}{2}
$$

And 2*3*4 = 24, 2**10 = 1024, x**2 + y**2 = z**2.`,

  sources: `It was announced in June [1], and confirmed in July.[^2]

[1]: https://example.com/june
[^2]: A *second* source, https://example.com/july_2026/*all*.`,

  names: `Call __init__ of my_class_name in src/*.ts and lib/*.js; *args and **kwargs go to \`f(*args)\`. Costs $5, not $HOME. Use <div class="x"> & <br>, R&D, AT&amp;T, a < b > c, C:\\temp\\*, ~5 minutes, #hashtag @name /command.`,

  image: `![A chart of sales](https://example.com/chart(1).png)

And ![](tg://photo?id=5) inside a line ![x](data:image/png;base64,AAAA).`,

  chinese: `**“重要”**：请先备份。**注意：**不要删除文件！*谢谢*。`,

  unclosed: "Here is the file:\n\n```ts\nconst a = `**not bold**`;\nexport default a;",

  nested:
    "- one\n\n  para\n\n  ```sh\n  ls\n\n  pwd\n  ```\n\n  > quote\n  > > deeper\n- two\n\n\n* other list\n\n1) first\n1) second\n\n7. seven",

  details: "<details>\n<summary>More</summary>\n\nHidden **text**\n\n</details>\n\n---\n\nSigned,<br>me",
};

/** Pieces that meet each other in ways nobody thought of. */
export const scraps = [
  ..."*_`~|[]()<>!#-+=$\\&:^>\n ".split(""),
  "**",
  "__",
  "~~",
  "||",
  "$$",
  "```",
  "```ts\n",
  "\n\n",
  "\n- ",
  "\n  - ",
  "\n1. ",
  "\n> ",
  "\n# ",
  "\n| a | b |\n|---|---|\n| c | d |\n",
  "\n---\n",
  "\n    ",
  "[x](https://a.b/c_d)",
  "[x](tg://user?id=1)",
  "[x](./y)",
  "![i](https://a.b/i.png)",
  "![](tg://photo?id=1)",
  "https://a.b/_c_?d=e",
  "[^1]",
  "\n[^1]: note\n",
  "\n[1]: https://a.b\n",
  "<b>",
  "</b>",
  "<br>",
  '<tg-button type="url" url="https://a.b">x</tg-button>',
  "&lt;",
  "$x^2$",
  "\\(y\\)",
  "\\[\nz\n\\]",
  "word",
  "Word",
  "snake_case",
  "2",
  ".",
  ",",
  "“",
  "字",
  "é",
  "👩‍👩‍👧",
  "😀",
  "a\u0301",
] as const;

export const scrappy = (maxLength = 40): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...scraps), { maxLength }).map((pieces) => pieces.join(""));

/** Any sequence of UTF-16 units, half characters included. */
export const anything = (maxLength = 200): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...scraps) },
        fc.nat(0xff_ff).map((unit) => String.fromCharCode(unit)),
      ),
      {
        maxLength,
      },
    )
    .map((pieces) => pieces.join(""));

/** How often a text says "word". */
export const countWords = (text: string): number => text.match(/[wW]ord/g)?.length ?? 0;

/** What a text says, whatever stands between its characters. */
export const letters = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, "");
