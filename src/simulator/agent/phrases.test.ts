import { describe, expect, test } from "bun:test";
import { phraseIn } from "./phrases.ts";

describe("phrases", () => {
  test("are found anywhere, in any case, with their number and what follows it", () => {
    expect(phraseIn(["please DEMO Slow 5 token-abc"])).toEqual({ kind: "slow", count: 5, tail: "token-abc" });
    expect(phraseIn(["demo flood 20"])).toEqual({ kind: "flood", count: 20, tail: "" });
    expect(phraseIn(["demo flood 20 from 7000 x"])).toEqual({ kind: "flood", count: 20, from: 7_000, tail: "x" });
    expect(phraseIn(["demo flood from afar"])).toEqual({ kind: "flood", count: 1_000, tail: "from afar" });
    expect(phraseIn(["demo ask\nsecond line"])).toEqual({ kind: "ask", count: 0, tail: "second line" });
  });

  test("take a number only where they count something", () => {
    expect(phraseIn(["demo think 5 x"])).toEqual({ kind: "think", count: 0, tail: "5 x" });
    expect(phraseIn(["demo slow"])).toMatchObject({ kind: "slow", count: 10 });
  });

  test("are whole words, and the first one wins", () => {
    for (const text of ["", "demo", "demography slow 3", "demo slowly 3", "xdemo think"])
      expect(phraseIn([text])).toBeNull();
    expect(phraseIn(["demo tool demo fail"])).toMatchObject({ kind: "tool", tail: "demo fail" });
  });

  test("repeat the other messages of the same post", () => {
    expect(phraseIn(["before", "demo silent token-1", "after"])?.tail).toBe("token-1\nbefore\nafter");
  });

  test("are bounded", () => {
    expect(phraseIn(["demo flood 99999999999"])?.count).toBe(10_000_000);
    expect(phraseIn(["demo slow 0 x"])).toEqual({ kind: "slow", count: 0, tail: "x" });
  });
});
