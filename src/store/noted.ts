/** Reactions: kept until the chat's next message, which tells the agent of them. */
import type { Db } from "./db.ts";
import type { InboxPayload, Noted } from "./new-event.ts";

/** What is told at a time; of more, the newest. */
const mostTold = 20;
const mostTaken = 1_000;

const toNoted = ({ sender, about, reaction }: InboxPayload): Noted => ({
  ...(sender === undefined ? {} : { by: sender.name ?? sender.id }),
  ...(about === undefined ? {} : { about }),
  added: reaction?.added ?? [],
  removed: reaction?.removed ?? [],
});

/** Part of the transaction that accepts a message: what it tells of the reactions before it, which are told then. */
export const takeNoted = (db: Db, chat: number): readonly Noted[] => {
  const rows = db.$client
    .query<{ id: number; payload: string | null }, [number]>(
      `SELECT id, payload FROM events WHERE chat_id = ? AND ignored = 'noted' ORDER BY id LIMIT ${mostTaken}`,
    )
    .all(chat);
  for (const { id } of rows) {
    db.$client.query(`UPDATE events SET ignored = 'told', payload = NULL WHERE id = ?`).run(id);
  }
  return rows
    .slice(-mostTold)
    .flatMap(({ payload }) => (payload === null ? [] : [toNoted(JSON.parse(payload) as InboxPayload)]));
};
