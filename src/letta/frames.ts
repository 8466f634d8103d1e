/** From Letta's messages to the port's frames. */
import type { Frame } from "./upstream.ts";
import { asCount, asRecord, asRecords, asText, textOf, type Json } from "./wire.ts";

type Bare = Frame extends infer F ? (F extends Frame ? Omit<F, "seq"> : never) : never;

/** The id of one part of a message: its `otid`, which the server lacks for some; `id` alone is shared by all parts. */
const partId = (message: Json, suffix = ""): string =>
  asText(message["otid"]) ?? `${asText(message["id"]) ?? ""}${suffix}`;

/** `tool_calls` is an object in token deltas and an array in whole messages; `tool_call` is the first of them. */
const callsOf = (message: Json) => {
  const listed = asRecords(message["tool_calls"]);
  const single = asRecord(message["tool_calls"]) ?? asRecord(message["tool_call"]);
  return (listed.length > 0 ? listed : single ? [single] : []).map((call) => ({
    id: asText(call["tool_call_id"]) ?? "",
    name: asText(call["name"]) ?? "",
    arguments: asText(call["arguments"]) ?? "",
  }));
};

const returnText = (value: unknown): string =>
  typeof value === "string" || Array.isArray(value) ? textOf(value) : value == null ? "" : JSON.stringify(value);

/** Parallel calls come back in `tool_returns`, whose first entry the top level repeats. */
const returnsOf = (message: Json): readonly Bare[] => {
  const listed = asRecords(message["tool_returns"]);
  return (listed.length > 0 ? listed : [message]).map((entry) => ({
    type: "tool_return",
    id: asText(entry["tool_call_id"]) ?? "",
    name: asText(message["name"]) ?? "",
    ok: entry["status"] !== "error",
    text: returnText(entry["tool_return"]),
  }));
};

/** The error frame for the data of an `event: error`, in the server's own shape or in that of its last resort. */
export const errorFrame = (data: unknown): Extract<Frame, { type: "error" }> => {
  const error = asRecord(data) ?? {};
  return {
    type: "error",
    errorType: asText(error["error_type"]) ?? "internal_error",
    message: (asText(error["message"]) ?? asText(error["error"]) ?? "").slice(0, 500),
    runId: asText(error["run_id"]) ?? null,
  };
};

const bareFrames = (message: Json): readonly Bare[] => {
  switch (message["message_type"]) {
    case "assistant_message": {
      const text = textOf(message["content"]);
      return text === "" ? [] : [{ type: "text", otid: partId(message), text }];
    }
    case "reasoning_message": {
      const text = asText(message["reasoning"]);
      return text === undefined ? [] : [{ type: "reasoning", otid: partId(message, "-reasoning"), text }];
    }
    case "tool_call_message":
      return callsOf(message).map((call) => ({ type: "tool_call", ...call }));
    case "approval_request_message":
      return callsOf(message).map((call) => ({ type: "approval_request", ...call }));
    case "tool_return_message":
      return returnsOf(message);
    case "approval_response_message": {
      const ids = asRecords(message["approvals"]).flatMap((approval) => asText(approval["tool_call_id"]) ?? []);
      return [{ type: "approval_response", ids }];
    }
    case "user_message":
      return [{ type: "user", otid: asText(message["otid"]) ?? null }];
    case "stop_reason":
      return [{ type: "stop", reason: asText(message["stop_reason"]) ?? "" }];
    case "usage_statistics":
      return [
        {
          type: "usage",
          promptTokens: asCount(message["prompt_tokens"]) ?? 0,
          completionTokens: asCount(message["completion_tokens"]) ?? 0,
          steps: asCount(message["step_count"]) ?? 0,
        },
      ];
    case "error_message":
      return [errorFrame(message)];
    case "ping":
      return [{ type: "ping" }];
    default:
      // Hidden reasoning, compaction events and summaries, system prompts, and whatever comes to be.
      return [];
  }
};

/** The frames of one Letta message or delta; none for what is not shown and for what is not known. */
export const framesOf = (value: unknown): readonly Frame[] => {
  const message = asRecord(value);
  if (!message) return [];
  const seq = asCount(message["seq_id"]);
  const frames = bareFrames(message);
  return seq === undefined ? frames : frames.map((frame) => ({ seq, ...frame }));
};

/** The run that a message belongs to. */
export const runIdOf = (value: unknown): string | undefined => asText(asRecord(value)?.["run_id"]);
