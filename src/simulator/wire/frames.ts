import { messageDate, newId } from "./ids.ts";
import type { WireMessage } from "./messages.ts";

/** Server-sent events as the server writes them: each ends with an empty line. */

export const done = "data: [DONE]\n\n";

export const frame = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

export const messageFrame = (message: WireMessage, seq: number | null): string =>
  frame(seq === null ? message : { ...message, seq_id: seq });

export const pingFrame = (runId: string, at: number, seq: number | null): string =>
  frame({
    id: newId("ping"),
    date: messageDate(at),
    name: null,
    message_type: "ping",
    otid: null,
    sender_id: null,
    step_id: null,
    is_err: null,
    seq_id: seq,
    run_id: runId,
  });

export type StopReason =
  "end_turn" | "requires_approval" | "max_steps" | "max_tokens_exceeded" | "cancelled" | "llm_api_error" | "error";

export type StopMessage = { readonly message_type: "stop_reason"; readonly stop_reason: StopReason };

export const stopMessage = (reason: StopReason): StopMessage => ({ message_type: "stop_reason", stop_reason: reason });

/** Written by hand elsewhere in the server, with spaces: a parser that compares text instead of JSON breaks here. */
export const cancelledFrame = 'data: {"message_type": "stop_reason", "stop_reason": "cancelled"}\n\n';

/** What a run cost. */
export type Usage = {
  readonly steps: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly contextTokens: number;
};

export const usageMessage = (usage: Usage, tokenMode: boolean) => {
  // In token mode the server does not know the details.
  const detail = tokenMode ? null : 0;
  return {
    message_type: "usage_statistics",
    completion_tokens: usage.completionTokens,
    prompt_tokens: usage.promptTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    step_count: usage.steps,
    run_ids: null,
    cached_input_tokens: detail,
    cache_write_tokens: detail,
    reasoning_tokens: detail,
    context_tokens: usage.contextTokens,
  };
};

export type ErrorMessage = {
  readonly message_type: "error_message";
  readonly run_id: string;
  readonly error_type: string;
  readonly message: string;
  readonly detail: string;
  readonly seq_id: number | null;
};

/** `event: error` makes the SDK throw; everything before it was an ordinary frame of an HTTP 200. */
export const errorFrame = (error: ErrorMessage): string => `event: error\ndata: ${JSON.stringify(error)}\n\n`;
