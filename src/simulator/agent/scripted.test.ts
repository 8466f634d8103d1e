import { describe, expect, test } from "bun:test";
import type { Utterance } from "./completion.ts";
import { completeScripted } from "./scripted.ts";

const calm = { fail: null, once: false, pace: null };

const answerTo = (text: string, streams = true): Utterance => {
  const completion = completeScripted({ role: "user", text }, calm, streams);
  if (completion.kind !== "utterance") throw new Error("it refused");
  return completion;
};

const textOf = (text: string): string => [...answerTo(text).pieces].join("");

describe("the scripted model", () => {
  test("echoes, counts words and is silent on demand", () => {
    expect(textOf("hello there")).toBe("Echo: hello there");
    expect(textOf("x".repeat(3_000))).toBe(`Echo: ${"x".repeat(2_000)}`);
    expect(textOf("WORDS:3")).toBe("w1 w2 w3");
    expect(textOf("EMPTY")).toBe("");
  });

  test("calls tools with arguments as Python writes them", () => {
    expect(answerTo('SAY CALL:f {"a":1,"b":["x"]}').calls).toEqual([{ tool: "f", arguments: '{"a": 1, "b": ["x"]}' }]);
    expect(answerTo("CALL:f nonsense").calls).toEqual([{ tool: "f", arguments: "{}" }]);
    expect(answerTo("CALL2:f").calls.map((call) => call.arguments)).toEqual(['{"query": "a"}', '{"query": "b"}']);
    expect(answerTo("CALL2:f,g").calls.map((call) => call.tool)).toEqual(["f", "g"]);
  });

  test("breaks off and thinks aloud only when it streams", () => {
    expect([...answerTo("CUT x").pieces]).toEqual(["Echo: "]);
    expect([...answerTo("CUT x", false).pieces].join("")).toBe("Echo: CUT x");
    expect(answerTo("THINK").reasoning).not.toBeNull();
    expect(answerTo("THINK", false).reasoning).toBeNull();
    expect([answerTo("LENGTH", false).ending, answerTo("BREAK", false).ending]).toEqual(["length", "whole"]);
  });

  test("takes orders from people only, and fails by order or by mode", () => {
    expect(completeScripted({ role: "tool", text: "FAIL:500" }, calm, true).kind).toBe("utterance");
    expect(completeScripted({ role: "user", text: "FAIL:429" }, calm, true)).toMatchObject({ status: 429 });
    expect(completeScripted({ role: "user", text: "x" }, { ...calm, fail: 503 }, true)).toMatchObject({ status: 503 });
  });
});
