import type { Step } from "../store/steps.ts";

/** What runs cost, step by step and in sum. */

export const stepState = ({ id, run_id, promptTokens, completionTokens }: Step, agentId: string) => ({
  id,
  origin: null,
  organization_id: "org-00000000-0000-4000-8000-000000000000",
  provider_id: null,
  run_id,
  agent_id: agentId,
  provider_name: "openai",
  provider_category: "base",
  model: "fake-model",
  completion_tokens: completionTokens,
  prompt_tokens: promptTokens,
  total_tokens: promptTokens + completionTokens,
  tags: [],
  messages: [],
  feedback: null,
  status: "success",
});

export const usageState = (steps: readonly Step[]) => {
  const sum = (count: (step: Step) => number): number => steps.reduce((total, step) => total + count(step), 0);
  const prompt_tokens = sum((step) => step.promptTokens);
  const completion_tokens = sum((step) => step.completionTokens);
  return {
    completion_tokens,
    prompt_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: null,
    completion_tokens_details: null,
  };
};
