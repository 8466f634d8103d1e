import { expect, test } from "bun:test";
import { faultFromProvider, isFailure } from "./provider-fault.ts";

const wordsFor = (errorType: string, stopReason?: string) =>
  faultFromProvider({ errorType, runId: null }, stopReason).message;

test("a failure is told in words that a person understands, with the run to look it up", () => {
  const fault = faultFromProvider({ errorType: "llm_rate_limit", runId: "run-a" }, "llm_api_error");
  expect(fault).toMatchObject({ code: "provider_failed", verdict: "fail", runId: "run-a" });
  expect(fault.message).toContain("limits requests");
});

test("every kind of failure has words of its own", () => {
  const kinds = [
    "llm_rate_limit",
    "llm_authentication",
    "llm_insufficient_credits",
    "llm_timeout",
    "llm_empty_response",
    "llm_bad_request",
    "context_window_exceeded",
    "context_window_overflow_in_system_prompt",
  ];
  expect(new Set(kinds.map((kind) => wordsFor(kind))).size).toBe(kinds.length);
});

test("the stop reason helps where the error says nothing", () => {
  expect(wordsFor("internal_error", "insufficient_credits")).toContain("no credits");
  expect(wordsFor("brand_new_error", "invalid_tool_call")).toContain("tool");
  expect(wordsFor("internal_error", "error")).toBe("Letta failed in the middle of the answer.");
});

test("what nobody has named yet gets the general words", () => {
  expect(wordsFor("brand_new_error")).toBe("The model provider failed.");
  expect(wordsFor("toString")).toBe("The model provider failed.");
});

test("failing stop reasons are told from others, and unknown ones do not fail", () => {
  for (const reason of ["error", "llm_api_error", "invalid_llm_response", "insufficient_credits"])
    expect(isFailure(reason)).toBe(true);
  for (const reason of [
    "end_turn",
    "max_steps",
    "max_tokens_exceeded",
    "requires_approval",
    "cancelled",
    "tool_rule",
    "new",
  ])
    expect(isFailure(reason)).toBe(false);
});
