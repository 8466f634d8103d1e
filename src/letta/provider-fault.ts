import { Fault } from "../errors.ts";

/** Words for the failures of a turn, by `error_type` of an error frame or by stop reason. The server adds new ones. */
const words: ReadonlyMap<string, string> = new Map(
  Object.entries({
    llm_rate_limit: "The model provider limits requests at the moment. Try again in a minute.",
    llm_authentication: "The model provider rejected the API key that the agent uses.",
    llm_insufficient_credits: "The account at the model provider has no credits left.",
    insufficient_credits: "The Letta account has no credits left.",
    llm_timeout: "The model took too long to answer.",
    llm_empty_response: "The model answered nothing.",
    invalid_llm_response: "The model gave an answer that makes no sense.",
    invalid_tool_call: "The model called a tool in a way that makes no sense.",
    no_tool_call: "The model called no tool where it had to.",
    llm_bad_request: "The model provider refused the request. The model may not support what was sent.",
    llm_provider_overloaded: "The model provider is overloaded at the moment.",
    context_window_exceeded: "The conversation is too long for the model.",
    context_window_overflow_in_system_prompt: "The agent's instructions and memory are too long for its model.",
    stream_incomplete: "Letta stopped in the middle of the answer.",
    stream_task_cancelled: "Letta stopped in the middle of the answer.",
    internal_error: "Letta failed in the middle of the answer.",
  }),
);

/** Stop reasons after which Letta calls a run failed, but for `max_tokens_exceeded`: there the text is only cut short. */
const failures = new Set([
  "error",
  "llm_api_error",
  "invalid_llm_response",
  "invalid_tool_call",
  "no_tool_call",
  "insufficient_credits",
  "context_window_overflow_in_system_prompt",
]);

/** Whether a stop reason means that the turn failed. Unknown reasons do not: an answer is worth more than its reason. */
export const isFailure = (stopReason: string): boolean => failures.has(stopReason);

/** `provider_failed` in words for the person who waits, from an error frame and the stop reason before it. */
export const faultFromProvider = (
  error: { readonly errorType: string; readonly runId: string | null },
  stopReason?: string,
): Fault => {
  // Letta calls everything that it has no name for an internal error; the stop reason may know more.
  const names = error.errorType === "internal_error" ? [stopReason, error.errorType] : [error.errorType, stopReason];
  const known = names.map((name) => words.get(name ?? "")).find((text) => text !== undefined);
  return new Fault("provider_failed", {
    ...(known === undefined ? {} : { message: known }),
    ...(error.runId === null ? {} : { runId: error.runId }),
  });
};
