import { saidIn } from "../agent/said.ts";
import type { Prompt } from "../agent/script.ts";
import type { Simulation } from "../simulation.ts";
import type { ConversationOf } from "../store/messages.ts";
import type { PendingApproval } from "../store/approvals.ts";
import { newId } from "../wire/ids.ts";
import {
  type ApprovalAnswer,
  approvalResponseMessage,
  type ToolOutcome,
  toolReturnMessage,
  type WireMessage,
} from "../wire/messages.ts";
import { isEmpty, type Post, type PostedMessage } from "../wire/post.ts";
import { runTool } from "../agent/script.ts";
import { type Failure, refused, waitsForApproval } from "./outcome.ts";

/** From a post to what the model is shown first, or to the reason why it is not asked at all. */

type ChatMessage = Extract<PostedMessage, { type: "message" }>;

export type Entry = {
  readonly kind: "entry";
  readonly prompt: Prompt;
  /** Stored with the first step: until then nobody can read them. */
  readonly opening: readonly ChatMessage[];
  /** What an answered approval returned, stored already. */
  readonly returned: WireMessage | null;
};

export type Entrance = {
  readonly where: ConversationOf;
  readonly runId: string;
  readonly post: Post;
  readonly agentsRoute: boolean;
};

const keepAlive: ChatMessage = {
  type: "message",
  role: "user",
  content:
    "<system-alert>Automated keep-alive ping. Ignore this message and continue from where you stopped.</system-alert>",
  name: null,
  otid: null,
  senderId: null,
};

const pythonList = (ids: readonly string[]): string => `[${ids.map((id) => `'${id}'`).join(", ")}]`;

const outcomeOf = (answer: ApprovalAnswer, tool: string, at: number): ToolOutcome => {
  if (answer.type === "tool") return { status: answer.status, text: answer.tool_return };
  if (answer.approve) return { status: "success", text: runTool(tool, at) };
  return { status: "error", text: `Error: request to call tool denied. User reason: ${answer.reason ?? "None"}` };
};

/** Stored at once: the answer to a call counts even if the model fails afterwards. */
const answerCall = (
  { store, now }: Simulation,
  where: ConversationOf,
  runId: string,
  { request, tail }: PendingApproval,
  answer: ApprovalAnswer,
): Pick<Entry, "prompt" | "returned"> => {
  const at = now();
  const { name, tool_call_id } = request.tool_call;
  const outcome = outcomeOf(answer, name, at);
  const denied = answer.type === "approval" && !answer.approve;
  const origin = { messageId: newId("message"), stepId: request.step_id, runId, at };
  const returned = toolReturnMessage(origin, answer.type === "tool" || denied ? null : name, tool_call_id, outcome);
  store.commit(() => {
    store.approvals.remove(where);
    store.messages.append(where, [
      { role: "approval", parts: [approvalResponseMessage(runId, at, [answer])] },
      { role: "tool", parts: [returned] },
    ]);
  });
  const verdict = denied ? "denied" : "done";
  return { prompt: { kind: "result", result: { tool: name, verdict, text: outcome.text, tail } }, returned };
};

/** Whether one of the last messages is the return of exactly these calls: a repeated answer, which is accepted again. */
const answeredAlready = ({ store }: Simulation, where: ConversationOf, ids: ReadonlySet<string>): boolean =>
  store.messages.newest(where, 10).some(({ role, body }) => {
    if (role !== "tool") return false;
    const parts = JSON.parse(body) as { tool_returns?: { tool_call_id: string }[] }[];
    const returned = parts.flatMap(({ tool_returns = [] }) => tool_returns.map(({ tool_call_id }) => tool_call_id));
    return returned.length === ids.size && returned.every((id) => ids.has(id));
  });

const chat = (messages: readonly PostedMessage[]): readonly ChatMessage[] =>
  messages.filter((message) => message.type === "message");

export const enter = (simulation: Simulation, { where, runId, post, agentsRoute }: Entrance): Entry | Failure => {
  const { store } = simulation;
  const pending = store.approvals.find(where);
  const [first, ...rest] = post.messages;
  const ask = (opening: readonly ChatMessage[]): Entry | Failure => {
    if (opening.some(({ content }) => isEmpty(content))) return refused("Message content is empty or invalid");
    const personName = store.agents.find(where.agentId)?.personName ?? null;
    return { kind: "entry", prompt: { kind: "said", said: saidIn(opening), personName }, opening, returned: null };
  };

  if (first?.type !== "approval") {
    return pending === null ? ask(chat(post.messages)) : waitsForApproval(pending.request.id, agentsRoute);
  }
  const ids = first.answers.map(({ tool_call_id }) => tool_call_id);
  if (pending === null) {
    const followUp = chat(rest);
    if (answeredAlready(simulation, where, new Set(ids))) return ask(followUp.length > 0 ? followUp : [keepAlive]);
    return refused(
      "Cannot process approval response: No tool call is currently awaiting approval. Please send a regular message to interact with the agent.",
    );
  }
  const [answer] = first.answers;
  if (answer === undefined) {
    return refused("Invalid approval response. Approval response message does not contain any approvals.");
  }
  const expected = pending.request.tool_call.tool_call_id;
  if (ids.some((id) => id !== expected)) {
    return refused(`Invalid tool call IDs. Expected '${pythonList([expected])}', but received '${pythonList(ids)}'.`);
  }
  const followUp = ask(chat(rest));
  if (followUp.kind !== "entry") return followUp;
  const answered = answerCall(simulation, where, runId, pending, answer);
  // What was said behind the answer is what the model reads last.
  return followUp.opening.length === 0 ? { ...followUp, ...answered } : { ...followUp, returned: answered.returned };
};
