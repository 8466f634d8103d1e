import { describe, expect, test } from "bun:test";
import type { Completion, Utterance } from "./completion.ts";
import { complete } from "./script.ts";
import { floodPieces, note, numberWord, remarkOn, wordPieces } from "./words.ts";

const ask = (text: string, personName: string | null = null): Completion =>
  complete({ kind: "said", said: { texts: [text], images: 0 }, personName, tools: [], findNote: () => null });

const answerTo = (text: string, personName: string | null = null): Utterance => {
  const completion = ask(text, personName);
  if (completion.kind !== "utterance") throw new Error(`answered with a ${completion.kind}`);
  return completion;
};

/** Says something to an agent that has these tools and was told this about whoever speaks. */
const tell = (text: string, tools: readonly string[], told: string | null): Completion =>
  complete({ kind: "said", said: { texts: [text], images: 0 }, personName: null, tools, findNote: () => told });

const textOf = (answer: Utterance): string => [...answer.pieces].join("");

describe("the demo agent", () => {
  test("echoes everything it was told, with a remark of its own, the same each time", () => {
    const text = "line one\n\n  **two** 🙂 <b>&amp; token-abc";
    expect(textOf(answerTo(text))).toBe(`You said: ${text}\n\n${remarkOn(text)}${note}`);
    expect(textOf(answerTo(text))).toBe(textOf(answerTo(text)));
    expect(new Set(Array.from({ length: 40 }, (_, at) => remarkOn(`text ${at}`))).size).toBeGreaterThan(4);
  });

  test("learns a name and uses it", () => {
    expect(answerTo("Hi, my name is Zoë.").learned).toBe("Zoë");
    expect(answerTo("my name is O'Brien-Smith and more").learned).toBe("O'Brien-Smith");
    expect(answerTo("hello").learned).toBeNull();
    expect(textOf(answerTo("what is my name", "Ada"))).toContain("\n\nYour name is Ada.");
    expect(textOf(answerTo("hello", "Ada"))).toContain(", Ada.");
  });

  test("says so many words, a pause apart, and the rest at once", () => {
    const answer = answerTo("demo slow 5 token-abc");
    expect(answer.pacedPieces).toBe(5);
    expect(textOf(answer)).toBe(`one two three four five token-abc${note}`);
    expect([...answerTo("demo slow 3").pieces]).toHaveLength(4);
  });

  test("floods with exactly the characters asked for, or its ending where that is longer", () => {
    for (const count of [100, 4_096, 65_537]) expect(textOf(answerTo(`demo flood ${count} tail`))).toHaveLength(count);
    expect(textOf(answerTo("demo flood 1 tail"))).toBe(` tail${note}`);
  });

  test("thinks, calls tools, asks, fails and is silent on demand", () => {
    expect(answerTo("demo think x").reasoning).not.toBeNull();
    expect(ask("demo tool x")).toMatchObject({ calls: [{ tool: "get_time" }], tail: "x" });
    expect(ask("demo ask x")).toMatchObject({ calls: [{ tool: "water_plants" }], tail: "x" });
    expect(ask("demo fail").kind).toBe("refusal");
    expect(textOf(answerTo("demo silent"))).toBe("");
  });

  test("remembers with the client's tool alone, and recalls what it was told", () => {
    expect(tell("demo remember likes tea", ["update_persona"], null)).toMatchObject({
      calls: [{ tool: "update_persona", arguments: '{"text":"likes tea"}' }],
    });
    expect(textOf(tell("demo remember likes tea", [], null) as Utterance)).toContain("Nobody gave me a tool");
    expect(textOf(tell("demo recall", [], "likes tea") as Utterance)).toBe(`I was told about you: likes tea${note}`);
    expect(textOf(tell("demo recall", [], null) as Utterance)).toBe(`I was told nothing about you.${note}`);
  });

  test("answers to images alone", () => {
    const said = { texts: [], images: 2 };
    const completion = complete({ kind: "said", said, personName: null, tools: [], findNote: () => null });
    expect(textOf(completion as Utterance)).toBe(`You sent 2 images.${note}`);
  });
});

describe("its words", () => {
  test("are numbers that never contain a space", () => {
    expect([1, 13, 20, 21, 99, 100].map(numberWord)).toEqual([
      "one",
      "thirteen",
      "twenty",
      "twenty-one",
      "ninety-nine",
      "100",
    ]);
  });

  test("are cut without losing a character or half of one", () => {
    for (const text of ["", " a  b\n\nc ", "🙂".repeat(15_000), `x${"🙂".repeat(15_000)}`]) {
      const pieces = wordPieces(text);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
    }
  });

  test("of a flood are numbered lines of the length asked for", () => {
    const text = [...floodPieces(10_000)].join("");
    expect(text).toHaveLength(10_000);
    expect(
      text
        .split("\n")
        .slice(0, -1)
        .every((line, at) => Number(line.slice(0, 8)) === at),
    ).toBe(true);
    expect([...floodPieces(100, 7_000)].join("")).toStartWith("00007000 the");
  });
});
