/** What the end of a stream means, and in which words people hear of a failure. */
import { Fault } from "../errors.ts";
import type { TurnOutcome } from "../turn/states.ts";

/** How a turn ends. `note` is said to the user after the agent's own words. */
export type Conclusion = {
  readonly state: TurnOutcome;
  readonly stopReason?: string;
  readonly note?: string;
  readonly fault?: Fault;
};

/** Stop reasons that are no success (Letta 0.16's enumeration). */
const failing: Readonly<Record<string, string>> = {
  error: "The agent stopped with an error.",
  llm_api_error: "The model provider failed.",
  invalid_llm_response: "The model gave an answer that cannot be used.",
  invalid_tool_call: "The model made a tool call that cannot be used.",
  insufficient_credits: "The account of the model has no credits left.",
  context_window_overflow_in_system_prompt: "The agent's memory is larger than the model's context window.",
};

/** Successes that the user should hear of: the answer may be unfinished. */
const unfinished: Readonly<Record<string, string>> = {
  max_steps: "(The agent stopped here: it reached its limit of steps.)",
  max_tokens_exceeded: "(The agent stopped here: it reached the model's limit of tokens.)",
};

/** `requires_approval` is no end and does not come here. */
export const conclude = (stopReason: string, said: boolean, runId: string | undefined): Conclusion => {
  if (stopReason === "cancelled") return { state: "cancelled", stopReason };
  const failure = failing[stopReason];
  if (failure !== undefined) {
    const fault = new Fault("provider_failed", { message: failure, ...(runId === undefined ? {} : { runId }) });
    return { state: "failed", stopReason, fault };
  }
  const note = unfinished[stopReason];
  if (note !== undefined) return { state: "done", stopReason, note };
  return { state: said ? "done" : "silent", stopReason };
};

/** The sentence for the person who waits, with the run's id so that it can be looked up on the server. */
export const describeFault = (fault: Fault): string =>
  fault.message + (fault.runId === undefined ? "" : ` (run ${fault.runId})`);
