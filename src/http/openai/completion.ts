/** Answers in the shapes of that API: a completion, and the chunks of one. */
import type { Usage } from "../../store/turns.ts";

export type Naming = {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
};

export type FinishReason = "stop" | "length";

/** `length`: the answer may be unfinished, and says so in its last words. */
export const finishReasonOf = (stopReason: string | null): FinishReason =>
  stopReason === "max_tokens_exceeded" || stopReason === "max_steps" ? "length" : "stop";

/** Null where the Letta server did not say. */
const describeUsage = (usage: Usage | null) =>
  usage && {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
  };

export const completion = (
  { id, created, model }: Naming,
  answer: { readonly content: string; readonly finishReason: FinishReason; readonly usage: Usage | null },
) => ({
  id,
  object: "chat.completion",
  created,
  model,
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: answer.content, refusal: null },
      logprobs: null,
      finish_reason: answer.finishReason,
    },
  ],
  usage: describeUsage(answer.usage),
});

type Delta = { readonly role?: "assistant"; readonly content?: string };

export type Chunks = {
  /** A piece of the answer. The first one says who speaks. */
  piece(delta: Delta): string;
  /** What ends the stream: why, what it took if that was asked for, and the mark that no more comes. */
  end(finishReason: FinishReason, usage: Usage | null): string;
};

const frame = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;

/** The last frame of every stream. */
export const done = "data: [DONE]\n\n";

const choice = (delta: Delta, reason: FinishReason | null) => ({
  index: 0,
  delta,
  logprobs: null,
  finish_reason: reason,
});

/** Chunks of one completion as frames of an event stream. */
export const chunksOf = ({ id, created, model }: Naming, includeUsage: boolean): Chunks => {
  const chunk = (choices: readonly unknown[], usage: unknown = null): string => {
    const body = { id, object: "chat.completion.chunk", created, model, choices };
    return frame(includeUsage ? { ...body, usage } : body);
  };
  return {
    piece: (delta) => chunk([choice(delta, null)]),
    end: (reason, usage) => {
      const last = chunk([choice({}, reason)]);
      return includeUsage ? last + chunk([], describeUsage(usage)) + done : last + done;
    },
  };
};

/** An error in the middle of a stream; clients throw it. */
export const errorFrame = (body: unknown): string => frame(body) + done;
