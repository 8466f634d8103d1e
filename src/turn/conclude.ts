/** What the end of a stream means, and in which words people hear of a failure. */
import type { Fault } from "../errors.ts";
import { faultFromProvider, isFailure } from "../letta/provider-fault.ts";
import type { TurnOutcome } from "./states.ts";

/** How a turn ends. `note` is said to the user after the agent's own words. */
export type Conclusion = {
  readonly state: TurnOutcome;
  readonly stopReason?: string;
  readonly note?: string;
  readonly fault?: Fault;
};

/** Successes that the user should hear of: the answer may be unfinished. */
const unfinished: Readonly<Record<string, string>> = {
  max_steps: "(The agent stopped here: it reached its limit of steps.)",
  max_tokens_exceeded: "(The agent stopped here: it reached the model's limit of tokens.)",
};

/** `requires_approval` is no end and does not come here. */
export const conclude = (stopReason: string, said: boolean, runId: string | undefined): Conclusion => {
  if (stopReason === "cancelled") return { state: "cancelled", stopReason };
  if (isFailure(stopReason)) {
    const fault = faultFromProvider({ errorType: stopReason, runId: runId ?? null }, stopReason);
    return { state: "failed", stopReason, fault };
  }
  const note = unfinished[stopReason];
  if (note !== undefined) return { state: "done", stopReason, note };
  return { state: said ? "done" : "silent", stopReason };
};

/** An agent that only listened has answered nobody, whatever it said. */
export const unheard = (conclusion: Conclusion): Conclusion => {
  const { state } = conclusion;
  return state === "done" || state === "silent" ? { state: "silent", stopReason: "muted" } : conclusion;
};

/** The sentence for the person who waits, with the run's id so that it can be looked up on the server. */
export const describeFault = (fault: Fault): string =>
  fault.message + (fault.runId === undefined ? "" : ` (${fault.runId})`);
