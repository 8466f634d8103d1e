/** What was set for a chat, and how it is set: every change stands in the audit log, with whoever made it. */
import { eq } from "drizzle-orm";
import { writeAudit } from "./audit.ts";
import type { Db } from "./db.ts";
import { chatSettings, chats } from "./schema.ts";

export type ChatSettings = Omit<typeof chatSettings.$inferSelect, "chatId" | "owner">;

/** What somebody sets; null is the default again. */
export type SetChat = Partial<Omit<ChatSettings, "admittedAt" | "toldAt">>;

const none: ChatSettings = {
  admittedAt: null,
  toldAt: null,
  mode: null,
  ceiling: null,
  allowed: null,
  debounceMs: null,
  dailyLimit: null,
  dailyPersonLimit: null,
  reasoning: null,
  acknowledge: null,
};

export const chatSettingsOf = (db: Db, chat: number): ChatSettings =>
  db.select().from(chatSettings).where(eq(chatSettings.chatId, chat)).get() ?? none;

/** Sets what is in `set` and leaves the rest; the values that were there already are no change. */
export const setChatSetting = (
  db: Db,
  args: { readonly chat: number; readonly actor: string; readonly set: SetChat; readonly at: number },
): void => {
  const chat = db.select().from(chats).where(eq(chats.id, args.chat)).get();
  if (!chat) return;
  const before = chatSettingsOf(db, chat.id);
  const changed = Object.entries(args.set).filter(([name, value]) => before[name as keyof SetChat] !== value);
  if (changed.length === 0) return;
  const { owner, botId, id: chatId } = chat;
  const values = Object.fromEntries(changed) as SetChat;
  db.insert(chatSettings)
    .values({ chatId, owner, ...values })
    .onConflictDoUpdate({ target: chatSettings.chatId, set: values })
    .run();
  for (const [subject, value] of changed) {
    const detail = value === null ? "default" : String(value);
    const { actor, at } = args;
    writeAudit(db, { owner, botId, chatId, actor, action: "setting.changed", subject, detail, at });
  }
};
