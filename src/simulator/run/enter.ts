import { noteIn } from "../agent/note.ts";
import { saidIn, type Spoken } from "../agent/said.ts";
import type { Prompt } from "../agent/script.ts";
import type { Simulation } from "../simulation.ts";
import type { ConversationOf } from "../store/messages.ts";
import type { PendingApproval } from "../store/approvals.ts";
import { newId } from "../wire/ids.ts";
import {
  type ApprovalAnswer,
  approvalResponseMessage,
  type ToolCall,
  type ToolOutcome,
  toolReturnMessage,
  type WireMessage,
} from "../wire/messages.ts";
import { isEmpty, type Post, type PostedMessage } from "../wire/post.ts";
import { lastResult } from "./carry-on.ts";
import { type Failure, promptless, refused, waitsForApproval } from "./outcome.ts";
import { runTool, toolsFor } from "./tools.ts";

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

const outcomeOf = (
  simulation: Simulation,
  where: ConversationOf,
  call: ToolCall,
  answer: ApprovalAnswer,
): ToolOutcome => {
  const callId = call.tool_call_id;
  if (answer.type === "tool") return { callId, status: answer.status, text: answer.tool_return, stderr: answer.stderr };
  if (answer.approve) return { callId, ...runTool(simulation, where, call) };
  const text = `Error: request to call tool denied. User reason: ${answer.reason ?? "None"}`;
  return { callId, status: "error", text, stderr: null };
};

/** Stored at once: the answer to a call counts even if the model fails afterwards. */
const answerCalls = (
  simulation: Simulation,
  where: ConversationOf,
  runId: string,
  { request, tail }: PendingApproval,
  answers: readonly ApprovalAnswer[],
): Pick<Entry, "prompt" | "returned"> => {
  const { store, now } = simulation;
  const at = now();
  const outcomes = request.tool_calls.flatMap((call) => {
    const answer = answers.find(({ tool_call_id }) => tool_call_id === call.tool_call_id);
    return answer === undefined ? [] : [{ call, answer, outcome: outcomeOf(simulation, where, call, answer) }];
  });
  const executed = outcomes.find(({ answer }) => answer.type === "approval" && answer.approve);
  const origin = { messageId: newId("message"), stepId: request.step_id, runId, at };
  const returned = toolReturnMessage(
    origin,
    executed?.call.name ?? null,
    outcomes.map(({ outcome }) => outcome),
  );
  store.commit(() => {
    store.approvals.remove(where);
    store.messages.append(where, [
      { role: "approval", parts: [approvalResponseMessage(runId, at, answers)] },
      { role: "tool", parts: [returned] },
    ]);
  });
  const [first] = outcomes;
  const denied = first?.answer.type === "approval" && !first.answer.approve;
  const tool = first?.call.name ?? "";
  const text = first?.outcome.text ?? "";
  return { prompt: { kind: "result", result: { tool, verdict: denied ? "denied" : "done", text, tail } }, returned };
};

/** Whether one of the last messages is the return of exactly these calls: a repeated answer, which is accepted again. */
const answeredAlready = ({ store }: Simulation, where: ConversationOf, ids: ReadonlySet<string>): boolean =>
  store.messages.newest(where, 10).some(({ role, body }) => {
    if (role !== "tool") return false;
    const parts = JSON.parse(body) as { tool_returns?: { tool_call_id: string }[] }[];
    const returned = parts.flatMap(({ tool_returns = [] }) => tool_returns.map(({ tool_call_id }) => tool_call_id));
    return returned.length === ids.size && returned.every((id) => ids.has(id));
  });

/** A stored message as it was posted. */
const spokenIn = ({ role, body }: { readonly role: string; readonly body: string }): readonly Spoken[] =>
  (JSON.parse(body) as readonly WireMessage[]).flatMap(({ content }) =>
    typeof content === "string" || Array.isArray(content) ? [{ role, content: content as Spoken["content"] }] : [],
  );

const chat = (messages: readonly PostedMessage[]): readonly ChatMessage[] =>
  messages.filter((message) => message.type === "message");

export const enter = (simulation: Simulation, { where, runId, post, agentsRoute }: Entrance): Entry | Failure => {
  const { store } = simulation;
  if (store.messages.newestIds(where, 1).length === 0) return promptless(where.agentId);
  const pending = store.approvals.find(where);
  const [first, ...rest] = post.messages;
  const ask = (opening: readonly ChatMessage[]): Entry | Failure => {
    if (opening.some(({ content }) => isEmpty(content))) return refused("Message content is empty or invalid");
    const personName = store.agents.find(where.agentId)?.personName ?? null;
    const tools = toolsFor(simulation, where.agentId, post);
    const findNote = () => noteIn([...store.messages.context(where).flatMap(spokenIn), ...opening]);
    const prompt: Prompt = { kind: "said", said: saidIn(opening), personName, tools, findNote };
    return { kind: "entry", prompt, opening, returned: null };
  };

  if (first?.type !== "approval") {
    return pending === null ? ask(chat(post.messages)) : waitsForApproval(pending.request.id, agentsRoute);
  }
  const ids = first.answers.map(({ tool_call_id }) => tool_call_id);
  if (pending === null) {
    const followUp = chat(rest);
    if (answeredAlready(simulation, where, new Set(ids))) {
      if (followUp.length > 0) return ask(followUp);
      const prompt: Prompt = { kind: "result", result: lastResult(simulation, where) };
      return { kind: "entry", prompt, opening: [keepAlive], returned: null };
    }
    return refused(
      "Cannot process approval response: No tool call is currently awaiting approval. Please send a regular message to interact with the agent.",
    );
  }
  if (first.answers.length === 0) {
    return refused("Invalid approval response. Approval response message does not contain any approvals.");
  }
  const expected = pending.request.tool_calls.map(({ tool_call_id }) => tool_call_id);
  if (expected.length !== ids.length || expected.some((id) => !ids.includes(id))) {
    return refused(`Invalid tool call IDs. Expected '${pythonList(expected)}', but received '${pythonList(ids)}'.`);
  }
  const followUp = ask(chat(rest));
  if (followUp.kind !== "entry") return followUp;
  const answered = answerCalls(simulation, where, runId, pending, first.answers);
  // What was said behind the answer is what the model reads last.
  return followUp.opening.length === 0 ? { ...followUp, ...answered } : { ...followUp, returned: answered.returned };
};
