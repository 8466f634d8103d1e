/** From the events of a turn to the exact list of messages that goes to Letta. */
import type { PostMessage } from "../letta/upstream.ts";
import { botById, chatById } from "../store/accounts.ts";
import type { Db } from "../store/db.ts";
import { eventsOfTurn, type InboxPayload } from "../store/inbox.ts";
import type { AgentTurn } from "../store/lanes.ts";
import { wrap } from "./envelope.ts";

/** One user message per event, in the order they came, each with a fresh `otid`. */
export const buildMessages = (db: Db, turn: AgentTurn, newOtid: () => string): readonly PostMessage[] => {
  const bot = botById(db, turn.botId);
  const chat = chatById(db, turn.chatId);
  return eventsOfTurn(db, turn.id).map((event) => {
    // A turn is only claimed while its events are whole: the janitor leaves open turns alone.
    const payload = JSON.parse(event.payload ?? '{"text":"","files":[]}') as InboxPayload;
    const envelope = {
      channel: bot?.channel ?? "",
      chat: chat?.title ?? chat?.key ?? "",
      ...(payload.sender ? { sender: payload.sender.name ?? payload.sender.id } : {}),
      ...(payload.reply === undefined ? {} : { replyTo: payload.reply }),
      time: new Date(event.receivedAt).toISOString(),
      files: payload.files.map((file) => ({
        name: file.name ?? file.id,
        mime: file.mime ?? "application/octet-stream",
      })),
    };
    return { role: "user", content: wrap(envelope, payload.text), otid: newOtid() };
  });
};

/** An answer to every tool call that waits: one left unanswered would block its conversation. */
export const buildDecisions = (
  calls: readonly { readonly toolCallId: string; readonly approve: boolean; readonly reason: string | null }[],
  newOtid: () => string,
): readonly PostMessage[] => [
  {
    type: "approval",
    approvals: calls.map(({ toolCallId, approve, reason }) => ({
      type: "approval",
      tool_call_id: toolCallId,
      approve,
      ...(reason === null ? {} : { reason }),
    })),
    otid: newOtid(),
  },
];
