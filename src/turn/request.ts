/** From the events of a turn to the exact list of messages that goes to Letta. */
import type { CallDecision, CallResult, PostMessage } from "../letta/upstream.ts";
import type { CallOutcome } from "../store/approvals.ts";
import { botById, chatById } from "../store/accounts.ts";
import type { Db } from "../store/db.ts";
import { eventsOfTurn, type InboxPayload } from "../store/inbox.ts";
import type { AgentTurn } from "../store/lanes.ts";
import type { Persona } from "../store/personas.ts";
import { wrap } from "./envelope.ts";
import { noteMessage } from "./note.ts";

// A turn is only claimed while its events are whole: the janitor leaves open turns alone.
const payloadOf = (event: { readonly payload: string | null }): InboxPayload =>
  JSON.parse(event.payload ?? '{"text":"","files":[]}') as InboxPayload;

/** What is told about the person whose turn it is. */
export const buildNote = (db: Db, turn: AgentTurn, persona: Persona, newOtid: () => string): PostMessage => {
  const [first] = eventsOfTurn(db, turn.id);
  const name = first && payloadOf(first).sender?.name;
  return noteMessage({ person: persona.label, text: persona.text, ...(name === undefined ? {} : { name }) }, newOtid());
};

/** One user message per event, in the order they came, each with a fresh `otid`. `person` is what notes call the sender. */
export const buildMessages = (
  db: Db,
  turn: AgentTurn,
  newOtid: () => string,
  person?: string,
): readonly PostMessage[] => {
  const bot = botById(db, turn.botId);
  const chat = chatById(db, turn.chatId);
  return eventsOfTurn(db, turn.id).map((event) => {
    const payload = payloadOf(event);
    const envelope = {
      channel: bot?.channel ?? "",
      chat: chat?.title ?? chat?.key ?? "",
      ...(payload.sender ? { sender: payload.sender.name ?? payload.sender.id } : {}),
      ...(person === undefined ? {} : { person }),
      ...(payload.reply === undefined ? {} : { replyTo: payload.reply }),
      time: new Date(event.receivedAt).toISOString(),
      files: payload.files.map((file) => ({
        name: file.name ?? file.id,
        mime: file.mime ?? "application/octet-stream",
      })),
      ...(payload.told ? { told: payload.told } : {}),
    };
    return { role: "user", content: wrap(envelope, payload.text, payload.images), otid: newOtid() };
  });
};

type AnsweredCall = {
  readonly toolCallId: string;
  readonly approve: boolean;
  readonly reason: string | null;
  /** JSON `CallOutcome` of a call that was ours to execute. */
  readonly result: string | null;
};

const answerTo = ({ toolCallId, approve, reason, result }: AnsweredCall): CallDecision | CallResult => {
  if (result === null) {
    return { type: "approval", tool_call_id: toolCallId, approve, ...(reason === null ? {} : { reason }) };
  }
  const { ok, text } = JSON.parse(result) as CallOutcome;
  return { type: "tool", tool_call_id: toolCallId, status: ok ? "success" : "error", tool_return: text };
};

/** An answer to every tool call that waits, whatever its kind: one left out, and the server refuses them all. */
export const buildAnswers = (calls: readonly AnsweredCall[], newOtid: () => string): readonly PostMessage[] => [
  { type: "approval", approvals: calls.map(answerTo), otid: newOtid() },
];
