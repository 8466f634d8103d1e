import { expect, test } from "bun:test";
import { mostPersonaChars } from "../store/persona-text.ts";
import { keep, personaTool } from "./persona-tool.ts";

const call = (kept: string, args: unknown) => keep(kept, JSON.stringify(args));

test("adds a line, and answers with all that is kept", () => {
  const first = call("", { text: " likes tea\r\n" });
  expect(first).toMatchObject({ text: "likes tea", outcome: { ok: true } });
  expect(first.outcome.text).toEndWith("(9 of 4000 characters):\nlikes tea");
  expect(call("likes tea", { text: "hates rum", mode: "add" }).text).toBe("likes tea\nhates rum");
});

test("what is kept already is not added again, and nothing is no line", () => {
  for (const text of ["likes tea", "hates rum", "likes tea\nhates rum", " "]) {
    expect(call("likes tea\nhates rum", { text })).toMatchObject({
      text: "likes tea\nhates rum",
      outcome: { ok: true },
    });
  }
  expect(call("likes teas", { text: "likes tea" }).text).toBe("likes teas\nlikes tea");
});

test("replaces everything, and an empty text deletes all", () => {
  expect(call("likes tea", { text: "likes milk", mode: "replace" }).text).toBe("likes milk");
  const empty = call("likes tea", { text: "", mode: "replace" });
  expect(empty).toEqual({ text: "", outcome: { ok: true, text: "Nothing is kept about this person now." } });
});

test("what is too long is refused and changes nothing, unless it makes a longer text shorter", () => {
  const long = "x".repeat(mostPersonaChars + 1);
  for (const given of [{ text: long }, { text: long, mode: "replace" }]) {
    expect(call("likes tea", given)).toMatchObject({ text: "likes tea", outcome: { ok: false } });
  }
  expect(call("likes tea", { text: "x".repeat(mostPersonaChars - 9) }).outcome.text).toContain("4001 characters");
  expect(call(`${long}y`, { text: long, mode: "replace" })).toMatchObject({ text: long, outcome: { ok: true } });
});

test("arguments that are none are refused with what is wrong", () => {
  for (const raw of ["", "nonsense", "null", "7", '"x"', "{}", '{"text":7}', '{"text":"x","mode":"remove"}']) {
    const refused = keep("likes tea", raw);
    expect(refused.text).toBe("likes tea");
    expect(refused.outcome.ok).toBe(false);
    expect(refused.outcome.text).toStartWith("Nothing was changed. ");
  }
});

test("what cannot be seen is not kept", () => {
  expect(call("", { text: "a\u0000b\u001b[0m\tc\ud800" }).text).toBe("ab[0m\tc\ufffd");
});

test("its schema asks for what it reads", () => {
  expect(personaTool.parameters).toMatchObject({
    required: ["text"],
    properties: { mode: { enum: ["add", "replace"] } },
  });
});
