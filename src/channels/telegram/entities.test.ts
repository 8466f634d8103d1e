import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { layOut } from "../../render/layout.ts";
import { parse } from "../../render/parse.ts";
import { answers, anything } from "../../render/test-answers.ts";
import { entitiesOf, type Entity, entityLimit } from "./entities.ts";

const lay = (source: string) => layOut(parse(source), { linkable: (href) => href.startsWith("https:"), quotes: true });

const shown = (source: string): readonly string[] => {
  const { text, spans } = lay(source);
  return entitiesOf(text, spans).map(({ type, offset, length }) => `${type}:${text.slice(offset, offset + length)}`);
};

const solid = new Set(["code", "pre", "text_link"]);

/** Telegram's rules, each as the documentation says it. */
const expectWellFormed = (text: string, entities: readonly Entity[]): void => {
  expect(entities.length).toBeLessThanOrEqual(entityLimit);
  let last = 0;
  for (const { offset, length } of entities) {
    expect(offset).toBeGreaterThanOrEqual(last);
    last = offset;
    expect(length).toBeGreaterThan(0);
    expect(offset + length).toBeLessThanOrEqual(text.length);
    const inside = text.slice(offset, offset + length);
    expect(inside.isWellFormed()).toBe(true);
    expect(inside.trim()).toBe(inside);
  }
  for (const [index, one] of entities.entries()) {
    for (const other of entities.slice(index + 1)) {
      const [end, otherEnd] = [one.offset + one.length, other.offset + other.length];
      if (other.offset >= end) continue;
      expect(otherEnd).toBeLessThanOrEqual(end);
      expect(one.type === other.type).toBe(false);
      expect(one.type === "code" || one.type === "pre").toBe(false);
      expect(solid.has(one.type) && solid.has(other.type)).toBe(false);
      // Code stands in quotes only.
      if (other.type === "code" || other.type === "pre") expect(one.type).toBe("blockquote");
    }
  }
};

describe("entities", () => {
  test("carry the address and the language", () => {
    const { text, spans } = lay("[a](https://x.y)\n\n```ts\nb\n```");
    expect(entitiesOf(text, spans)).toEqual([
      { type: "text_link", offset: 0, length: 1, url: "https://x.y" },
      { type: "pre", offset: 3, length: 1, language: "ts" },
    ]);
  });

  test("stop before code and go on behind it", () => {
    expect(shown("**a `b` c** `d`")).toEqual(["bold:a", "code:b", "bold:c", "code:d"]);
    expect(shown("# `x`")).toEqual(["code:x"]);
  });

  test("of a link hold no code", () => {
    expect(shown("[a `b`](https://x.y) **[c](https://x.y)**")).toEqual(["text_link:a b", "bold:c", "text_link:c"]);
  });

  test("of the same kind do not lie in each other", () => {
    expect(shown("# a **b** c")).toEqual(["bold:a b c"]);
    expect(shown("> a\n> > b\n>\n> **c**")).toEqual(["blockquote:a\n\n> b\n\nc", "bold:c"]);
  });

  test("begin and end with what is seen", () => {
    const text = "  a  ";
    expect(entitiesOf(text, [{ style: "bold", at: 0, length: 5 }])).toEqual([{ type: "bold", offset: 2, length: 1 }]);
    expect(entitiesOf(text, [{ style: "bold", at: 3, length: 2 }])).toEqual([]);
  });

  test("of the least importance go first when there are too many", () => {
    const source = Array.from({ length: 60 }, (_, index) => `*i${index}* **b${index}** [l${index}](https://x.y)`).join(
      " ",
    );
    const { text, spans } = lay(source);
    const found = entitiesOf(text, spans);
    expect(found).toHaveLength(entityLimit);
    const count = (type: Entity["type"]) => found.filter((one) => one.type === type).length;
    expect([count("text_link"), count("bold"), count("italic")]).toEqual([60, 40, 0]);
  });

  test("of any text keep Telegram's rules", () => {
    fc.assert(
      fc.property(anything(), (source) => {
        const { text, spans } = lay(source);
        expectWellFormed(text, entitiesOf(text, spans));
      }),
      { numRuns: 500 },
    );
    for (const answer of Object.values(answers)) {
      const { text, spans } = lay(answer);
      expectWellFormed(text, entitiesOf(text, spans));
    }
  });
});
