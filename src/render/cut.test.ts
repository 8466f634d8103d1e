import { expect, test } from "bun:test";
import fc from "fast-check";
import { cut } from "./cut.ts";
import { layOut } from "./layout.ts";
import { measure } from "./measure.ts";
import { parse } from "./parse.ts";
import { plain } from "./styled.ts";
import { answers, anything } from "./test-answers.ts";

const units = fc.constantFrom("bytes" as const, "utf16" as const, "codepoints" as const);
const lay = (source: string) => layOut(parse(source), { linkable: (href) => href.startsWith("https:"), quotes: true });
const texts = (text: string, max: number) => cut(plain(text), { text: max, unit: "utf16" }).map((part) => part.text);

/** Each visible character with the styles it is shown in. */
const styledCharacters = ({ text, spans }: ReturnType<typeof lay>): readonly string[] =>
  Array.from({ length: text.length }, (_, at) => {
    if (text.charAt(at).trim() === "") return "";
    const over = spans.filter((span) => span.at <= at && at < span.at + span.length);
    return `${text.charAt(at)} ${over.map(({ style, href, language }) => `${style}${href ?? ""}${language ?? ""}`).join(" ")}`;
  }).filter((one) => one !== "");

test("every part is within the limit, in every unit", () => {
  fc.assert(
    fc.property(anything(), fc.integer({ min: 4, max: 120 }), units, (source, max, unit) => {
      for (const part of cut(lay(source), { text: max, unit })) {
        expect(measure(part.text, unit)).toBeLessThanOrEqual(max);
        expect(part.text.isWellFormed()).toBe(true);
        expect(part.text.trim()).not.toBe("");
      }
    }),
    { numRuns: 300 },
  );
});

test("nothing is lost, nothing is said twice, and everything looks as it did", () => {
  fc.assert(
    fc.property(anything(), fc.integer({ min: 1, max: 120 }), units, (source, max, unit) => {
      const whole = lay(source);
      const parts = cut(whole, { text: max, unit });
      expect(parts.flatMap(styledCharacters)).toEqual([...styledCharacters(whole)]);
    }),
    { numRuns: 300 },
  );
  for (const answer of Object.values(answers)) {
    const whole = lay(answer);
    expect(cut(whole, { text: 60, unit: "utf16" }).flatMap(styledCharacters)).toEqual([...styledCharacters(whole)]);
  }
});

test("a short text is one part, and nothing is none", () => {
  expect(cut(lay("hello **you**"), { text: 100, unit: "utf16" })).toEqual([lay("hello **you**")]);
  expect(texts("  \n ", 100)).toEqual([]);
  expect(texts("", 100)).toEqual([]);
});

test("the cut falls behind a paragraph, else a line, a sentence, a word", () => {
  const words = "word ".repeat(8).trim();
  expect(texts(`${words}\n\n${words}\n${words}`, 100)).toEqual([words, `${words}\n${words}`]);
  expect(texts(`${words}\n${words} ${words}`, 100)).toEqual([words, `${words} ${words}`]);
  expect(texts(`${words}. ${words} ${words}`, 100)).toEqual([`${words}.`, `${words} ${words}`]);
  expect(texts("你好。".repeat(5), 10)).toEqual(["你好。你好。你好。", "你好。你好。"]);
  expect(texts("aaa bbb ccc", 7)).toEqual(["aaa", "bbb ccc"]);
});

test("a break in the first third is not taken", () => {
  expect(texts(`a\n\n${"b ".repeat(60)}`, 100)[0]?.length).toBeGreaterThan(90);
});

test("a character is never cut in two, whatever it is made of", () => {
  expect(texts("😀".repeat(30), 21)).toEqual(["😀".repeat(10), "😀".repeat(10), "😀".repeat(10)]);
  for (const part of texts("👩‍👩‍👧".repeat(20), 21)) expect(part).toBe("👩‍👩‍👧".repeat(2));
  for (const part of texts("e\u0301".repeat(40), 21)) expect(part).toBe("e\u0301".repeat(10));
  for (const part of texts("🇩🇪".repeat(20), 19)) expect(part).toBe("🇩🇪".repeat(4));
});

test("a limit smaller than a character still ends", () => {
  expect(cut(plain("é😀"), { text: 1, unit: "bytes" }).map(({ text }) => text)).toEqual(["é", "😀"]);
});

test("a link is kept whole where it fits", () => {
  const parts = cut(lay(`${"word ".repeat(5)}[the words of a link](https://x.y) end`), { text: 40, unit: "utf16" });
  expect(parts.map(({ text }) => text)).toEqual(["word ".repeat(5).trim(), "the words of a link end"]);
  expect(parts[1]?.spans).toEqual([{ style: "link", href: "https://x.y", at: 0, length: 19 }]);
});

test("code that is cut is code of its language in every part, with its indentation", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `  const x${index} = 1;`);
  const parts = cut(lay(`before\n\n\`\`\`ts\n${lines.join("\n")}\n\`\`\``), { text: 100, unit: "utf16" });
  expect(parts.length).toBeGreaterThan(3);
  expect(parts.flatMap(({ text }) => text.split("\n")).slice(2)).toEqual(lines);
  for (const { text, spans } of parts.slice(1)) {
    expect(spans).toEqual([{ style: "pre", language: "ts", at: 0, length: text.length }]);
  }
});
