/** A chat that goes on under another address: what it has goes with it. */
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Db } from "./db.ts";
import { selectChat } from "./inbox-queries.ts";
import { chats, outbox } from "./schema.ts";

/** What a chat's successor may have been told, or have set, before it was known whose successor it is. */
const settings = [
  "admitted_at",
  "told_at",
  "mode",
  "ceiling",
  "allowed",
  "debounce_ms",
  "daily_limit",
  "daily_person_limit",
  "reasoning",
  "acknowledge",
] as const;

/** Rows of one chat that its successor gets, unless it has its own; of its settings, those that it has not set. */
const inherited = {
  settings: `INSERT INTO chat_settings (chat_id, owner, ${settings.join(", ")})
    SELECT ?2, owner, ${settings.join(", ")} FROM chat_settings WHERE chat_id = ?1
    ON CONFLICT (chat_id) DO UPDATE SET ${settings.map((name) => `${name} = coalesce(${name}, excluded.${name})`).join(", ")}`,
  bindings: `INSERT OR IGNORE INTO bindings (owner, chat_id, account_id, agent_id, conversation_id, chosen_at)
    SELECT owner, ?2, account_id, agent_id, conversation_id, chosen_at FROM bindings WHERE chat_id = ?1`,
  agents: `INSERT OR IGNORE INTO own_agents (owner, account_id, source_agent_id, scope, name, agent_id, created_at)
    SELECT owner, account_id, source_agent_id, 'chat:' || ?2, name, agent_id, created_at FROM own_agents
    WHERE scope = 'chat:' || ?1 AND agent_id IS NOT NULL`,
} as const;

/**
 * The platform has moved a chat to `to`, as in `Address.chat`. Its row gets the new key; if somebody has written there
 * already, the row of that chat goes on with the settings and the conversation of this one. What waits to be sent is sent
 * there; it answers no message and replaces none, because those stayed behind. Moving it twice changes nothing.
 */
export const moveChat = (db: Db, args: { readonly chat: number; readonly to: string }): void => {
  const { chat: id, to } = args;
  const chat = db.select().from(chats).where(eq(chats.id, id)).get();
  if (!chat) return;
  const key = `${chat.key.slice(0, chat.key.indexOf(":"))}:${to}`;
  const successor = selectChat(db).get({ botId: chat.botId, key });
  if (!successor) db.update(chats).set({ key }).where(eq(chats.id, id)).run();
  else if (successor.id !== id)
    for (const query of Object.values(inherited)) db.$client.query(query).run(id, successor.id);
  db.update(outbox)
    .set({ address: sql`json_remove(json_set(${outbox.address}, '$.chat', ${to}), '$.reply')`, replaces: null })
    .where(
      and(eq(outbox.chatId, id), isNull(outbox.finishedAt), sql`json_extract(${outbox.address}, '$.chat') <> ${to}`),
    )
    .run();
};
