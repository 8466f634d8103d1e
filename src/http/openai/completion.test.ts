import { expect, test } from "bun:test";
import { chunksOf, completion, finishReasonOf } from "./completion.ts";

const naming = { id: "chatcmpl-1", created: 7, model: "Demo" };

test("an answer that may be unfinished says so by its reason", () => {
  expect(finishReasonOf("max_tokens_exceeded")).toBe("length");
  expect(finishReasonOf("max_steps")).toBe("length");
  for (const reason of ["end_turn", "tool_rule", null]) expect(finishReasonOf(reason)).toBe("stop");
});

test("usage that nobody knows is null, and not zero", () => {
  expect(completion(naming, { content: "", finishReason: "stop", usage: null }).usage).toBeNull();
  const asked = chunksOf(naming, true).end("stop", null).split("\n\n");
  expect(JSON.parse(asked[1]?.slice(6) ?? "")).toMatchObject({ choices: [], usage: null });
  expect(asked.slice(2)).toEqual(["data: [DONE]", ""]);
});
