import type { Utterance } from "../agent/completion.ts";
import type { Usage } from "../wire/frames.ts";
import type { WireMessage } from "../wire/messages.ts";

/** What a model turn cost: what the scripted model says of itself, or a guess by length for the demo agent. */

const promptTokens = 100;
const scriptedTokens = 7;

export const noUsage: Usage = { steps: 0, promptTokens: 0, completionTokens: 0, contextTokens: 0 };

export const usageOf = (said: Utterance, parts: readonly WireMessage[], scripted: boolean): Usage => {
  // The count comes last in a model's stream: one that ends early counts nothing.
  if (said.ending === "cut") return { ...noUsage, steps: 1 };
  const characters = parts.reduce((sum, { content, tool_calls }) => {
    const text = typeof content === "string" ? content : JSON.stringify(tool_calls ?? "");
    return sum + text.length;
  }, 0);
  const completion = scripted ? scriptedTokens : Math.max(1, Math.ceil(characters / 4));
  return { steps: 1, promptTokens, completionTokens: completion, contextTokens: promptTokens + completion };
};

export const addUsage = (sum: Usage, step: Usage): Usage => ({
  steps: sum.steps + step.steps,
  promptTokens: sum.promptTokens + step.promptTokens,
  completionTokens: sum.completionTokens + step.completionTokens,
  contextTokens: step.contextTokens,
});
