import { messageDate, newId, partOtid } from "./ids.ts";

/**
 * Letta messages as they are on the wire, keys in the server's order and null where it says null: clients see the same
 * object in a stream (step mode), in a JSON answer and in a listing.
 */

export type MessageType =
  | "system_message"
  | "user_message"
  | "reasoning_message"
  | "assistant_message"
  | "tool_call_message"
  | "tool_return_message"
  | "approval_request_message"
  | "approval_response_message"
  | "event_message"
  | "summary_message"
  | "ping";

/** What every message has, whatever its type. */
export type Common = {
  readonly id: string;
  readonly date: string;
  readonly name: string | null;
  readonly message_type: MessageType;
  readonly otid: string | null;
  readonly sender_id: string | null;
  readonly step_id: string | null;
  readonly is_err: null;
  readonly seq_id: number | null;
  readonly run_id: string | null;
};

export type ToolCall = { readonly name: string; readonly arguments: string; readonly tool_call_id: string };

export type WireMessage = Common & { readonly [key: string]: unknown };

/** What one model turn has in common: one message id for all of its parts. */
export type Origin = {
  readonly messageId: string;
  readonly stepId: string;
  readonly runId: string;
  readonly at: number;
};

const common = (type: MessageType, origin: Origin, otid: string | null, name: string | null = null): Common => ({
  id: origin.messageId,
  date: messageDate(origin.at),
  name,
  message_type: type,
  otid,
  sender_id: null,
  step_id: origin.stepId,
  is_err: null,
  seq_id: null,
  run_id: origin.runId,
});

export const assistantMessage = (origin: Origin, index: number, content: string): WireMessage => ({
  ...common("assistant_message", origin, partOtid(origin.messageId, index)),
  content,
});

export const reasoningMessage = (origin: Origin, index: number, reasoning: string): WireMessage => ({
  ...common("reasoning_message", origin, partOtid(origin.messageId, index)),
  source: "reasoner_model",
  reasoning,
  signature: null,
});

/** The first of several calls stands on its own as well. */
const callsOf = (calls: readonly ToolCall[]) => ({ tool_call: calls[0] ?? null, tool_calls: calls });

export const toolCallMessage = (origin: Origin, index: number, calls: readonly ToolCall[]): WireMessage => ({
  ...common("tool_call_message", origin, partOtid(origin.messageId, index)),
  ...callsOf(calls),
});

/** An approval request carries its message id as `otid`. */
export const approvalRequestMessage = (origin: Origin, calls: readonly ToolCall[]): WireMessage => ({
  ...common("approval_request_message", origin, origin.messageId),
  ...callsOf(calls),
});

/** In deltas `tool_calls` is the same object as `tool_call`, not a list: the name first, then pieces of the arguments. */
export const callDelta = (
  type: "tool_call_message" | "approval_request_message",
  origin: Origin,
  index: number,
  call: ToolCall,
  piece: string | null,
): WireMessage => {
  const { name, tool_call_id } = call;
  const asking = type === "approval_request_message";
  const delta = asking
    ? { name: piece === null ? name : null, arguments: piece, tool_call_id }
    : piece === null
      ? { name, tool_call_id }
      : { arguments: piece, tool_call_id };
  const otid = asking ? origin.messageId : partOtid(origin.messageId, index);
  return { ...common(type, origin, otid), tool_call: delta, tool_calls: delta };
};

export type ToolOutcome = {
  readonly callId: string;
  readonly status: "success" | "error";
  readonly text: string;
  readonly stderr: readonly string[] | null;
};

/** `name` is the tool's, or null when the call was denied or answered by the client. The first result stands on top. */
export const toolReturnMessage = (
  origin: Origin,
  name: string | null,
  outcomes: readonly ToolOutcome[],
): WireMessage => {
  const facts = outcomes.map(({ callId, status, text, stderr }) => ({
    tool_return: text,
    status,
    tool_call_id: callId,
    stdout: null,
    stderr,
  }));
  return {
    ...common("tool_return_message", origin, partOtid(origin.messageId, 0), name),
    ...facts[0],
    tool_returns: facts.map((fact) => ({ type: "tool", ...fact })),
  };
};

export type ApprovalAnswer =
  | {
      readonly type: "approval";
      readonly tool_call_id: string;
      readonly approve: boolean;
      readonly reason: string | null;
    }
  | {
      readonly type: "tool";
      readonly tool_call_id: string;
      readonly tool_return: string;
      readonly status: "success" | "error";
      readonly stdout: null;
      readonly stderr: readonly string[] | null;
    };

/** Seen in listings only. Its `otid` is null whatever the client sent: it is found by tool call id. */
export const approvalResponseMessage = (
  runId: string,
  at: number,
  approvals: readonly ApprovalAnswer[],
): WireMessage => {
  const first = approvals[0];
  const plain = first?.type === "approval" ? first : null;
  return {
    ...common("approval_response_message", { messageId: newId("message"), stepId: "", runId, at }, null),
    step_id: null,
    approvals,
    approve: plain?.approve ?? null,
    approval_request_id: plain?.tool_call_id ?? null,
    reason: plain?.reason ?? null,
  };
};

/** The compiled prompt, stored first in every conversation. */
export const systemPromptMessage = (at: number, content: string): WireMessage => ({
  ...common("system_message", { messageId: newId("message"), stepId: "", runId: "", at }, null),
  step_id: null,
  run_id: null,
  content,
});

/** What the model is told in the place of older messages. It is nobody's. */
export const summaryMessage = (messageId: string, at: number, content: string): WireMessage => ({
  ...common("user_message", { messageId, stepId: "", runId: "", at }, null),
  step_id: null,
  run_id: null,
  content,
});

export type Posted = {
  readonly role: "user" | "system" | "assistant";
  readonly content: unknown;
  readonly name: string | null;
  readonly otid: string | null;
  readonly senderId: string | null;
};

/** A posted message as it is stored. The server makes an `otid` where the client gave none. */
export const postedMessage = (origin: Origin, posted: Posted): WireMessage => ({
  ...common(`${posted.role}_message`, origin, posted.otid ?? crypto.randomUUID(), posted.name),
  sender_id: posted.senderId,
  content: posted.content,
});
