import type { StopReason, Usage } from "../wire/frames.ts";
import type { WireMessage } from "../wire/messages.ts";

/** How a run ends. */
export type Outcome = {
  /** What a JSON answer holds; approvals and the client's own messages are not among it. */
  readonly messages: readonly WireMessage[];
} & (
  | {
      readonly kind: "done";
      readonly stopReason: Exclude<StopReason, "error" | "cancelled" | "llm_api_error">;
      readonly usage: Usage;
    }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly failure: Failure }
);

/** A failure as a stream tells it, and as a JSON answer does. */
export type Failure = {
  readonly kind: "failure";
  readonly stopReason: Extract<StopReason, "error" | "llm_api_error">;
  readonly errorType: "internal_error" | "llm_error" | "llm_authentication" | "llm_rate_limit";
  readonly message: string;
  readonly detail: string;
  readonly json: { readonly status: number; readonly body: unknown };
  /** Whether the agent had begun to answer. */
  readonly inMidStream: boolean;
};

const unknownError = "An unknown error occurred with the LLM streaming request.";

/** What the client got wrong: HTTP 400 in a JSON answer, an `internal_error` in a stream. */
export const refused = (detail: string): Failure => ({
  kind: "failure",
  stopReason: "error",
  errorType: "internal_error",
  message: unknownError,
  detail,
  json: { status: 400, body: { detail } },
  inMidStream: false,
});

/** Clients know this one by its words; only the agents route answers it as an object. */
export const waitsForApproval = (requestId: string, agentsRoute: boolean): Failure => {
  const text =
    "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. Please approve or deny the pending request before continuing.";
  const detail = agentsRoute ? { code: "PENDING_APPROVAL", message: text, pending_request_id: requestId } : text;
  return {
    kind: "failure",
    stopReason: "error",
    errorType: "internal_error",
    message: text,
    detail: text,
    json: { status: 409, body: { detail } },
    inMidStream: false,
  };
};

/** An agent from a file without messages has nothing to begin with. */
export const promptless = (agentId: string): Failure => {
  const text = `Agent ${agentId} has no in-context messages. This typically means the agent's system message was not initialized correctly.`;
  return { ...refused(text), message: text };
};

export const broken: Failure = {
  kind: "failure",
  stopReason: "error",
  errorType: "internal_error",
  message: unknownError,
  detail: "An unknown error occurred",
  json: { status: 500, body: { detail: "An unknown error occurred" } },
  inMidStream: false,
};
