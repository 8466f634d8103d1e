/** From the events of a turn to the exact list of messages that goes to Letta. */
import type { CallDecision, CallResult, PostMessage } from "../letta/upstream.ts";
import type { CallOutcome } from "../store/approvals.ts";
import { botById, chatById } from "../store/accounts.ts";
import type { Db } from "../store/db.ts";
import { eventsOfTurn, type InboxPayload } from "../store/inbox.ts";
import type { AgentTurn } from "../store/lanes.ts";
import type { Persona } from "../store/personas.ts";
import { tellTime } from "./clock.ts";
import { type Envelope, type Seen, wrap } from "./envelope.ts";
import { noteMessage } from "./note.ts";

type TurnEvent = ReturnType<typeof eventsOfTurn>[number];

// A turn is only claimed while its events are whole: the janitor leaves open turns alone.
export const payloadOf = (event: { readonly payload: string | null }): InboxPayload =>
  JSON.parse(event.payload ?? '{"text":"","files":[]}') as InboxPayload;

/** What is told about the person whose turn it is. */
export const buildNote = (db: Db, turn: AgentTurn, persona: Persona, newOtid: () => string): PostMessage => {
  const [first] = eventsOfTurn(db, turn.id);
  const name = first && payloadOf(first).sender?.name;
  return noteMessage({ person: persona.label, text: persona.text, ...(name === undefined ? {} : { name }) }, newOtid());
};

/** What the message says of itself, beside its words. */
const aboutMessage = ({ kind }: TurnEvent, payload: InboxPayload): Partial<Envelope> => {
  const { sender, reply, about, forwardedFrom, quoted, noted, attachments, told } = payload;
  return {
    ...(sender ? { sender: sender.name ?? sender.id } : {}),
    ...(reply === undefined ? {} : { id: reply }),
    ...(kind === "edit" && about !== undefined ? { edits: about } : {}),
    ...(forwardedFrom === undefined ? {} : { forwardedFrom }),
    ...(quoted ? { quoted } : {}),
    ...(noted ? { noted } : {}),
    ...(attachments ? { attachments } : {}),
    ...(told ? { told } : {}),
  };
};

/**
 * One user message per event, in the order they came, each with a fresh `otid`. `person` is what notes call the sender;
 * `seen` is what came of the files, by event.
 */
export const buildMessages = (
  db: Db,
  turn: AgentTurn,
  newOtid: () => string,
  seen: ReadonlyMap<number, Seen>,
  person?: string,
): readonly PostMessage[] => {
  const bot = botById(db, turn.botId);
  const chat = chatById(db, turn.chatId);
  const isGroup = chat?.kind === "group";
  const place = {
    channel: bot?.channel ?? "",
    chat: chat?.title ?? chat?.key ?? "",
    ...(chat === undefined || chat.kind === "api" ? {} : { kind: chat.kind }),
  };
  return eventsOfTurn(db, turn.id).map((event, index) => {
    const payload = payloadOf(event);
    const { images = [], files = [] } = seen.get(event.id) ?? {};
    const envelope: Envelope = {
      ...place,
      ...aboutMessage(event, payload),
      ...(event.handle === null ? {} : { handle: event.handle }),
      ...(person === undefined ? {} : { person }),
      ...tellTime(event.sentAt, event.timezone),
      ...(isGroup ? { addressed: payload.addressed !== false } : {}),
      // Once is enough, however many messages were heard.
      muted: turn.muted && index === 0,
      files,
    };
    const shown = [...(payload.images ?? []), ...images];
    return { role: "user", content: wrap(envelope, payload.text, shown), otid: newOtid() };
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
