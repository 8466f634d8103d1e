/** Which groups are let in, and that something was said once in a chat. */
import { eq, sql } from "drizzle-orm";
import { putAudit } from "./audit.ts";
import { settingsOfChat, wholeOfChat } from "./chat-settings.ts";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { chatSettings } from "./schema.ts";

const upsertTold = prepared((db) =>
  db
    .insert(chatSettings)
    .values({ chatId: arg("chat"), owner: arg("owner"), toldAt: arg("at") })
    .onConflictDoUpdate({ target: chatSettings.chatId, set: { toldAt: sql`${arg("at")}` } })
    .prepare(),
);

/** It was said in this chat what is said once. */
export const markTold = (
  db: Db,
  args: { readonly chat: number; readonly owner: string; readonly at: number },
): void => {
  upsertTold(db).run({ ...args, chat: wholeOfChat(db, args.chat) });
};

type Deciding = { readonly bot: number; readonly chat: number; readonly by: string; readonly at: number };

/** Lets a group in. Answers false when it is in already. */
export const admitGroup = (db: Db, { bot, chat: part, by, at }: Deciding): boolean => {
  const chat = wholeOfChat(db, part);
  if (settingsOfChat(db, chat)?.admittedAt != null) return false;
  db.insert(chatSettings)
    .values({ chatId: chat, owner: "house", admittedAt: at })
    .onConflictDoUpdate({ target: chatSettings.chatId, set: { admittedAt: at } })
    .run();
  putAudit(db, { bot, chat, by, action: "group.admitted", subject: `chat:${chat}`, at });
  return true;
};

/** The bot is not there any more. What was set stays, for when it comes back and is let in again. */
export const leaveGroup = (db: Db, { bot, chat: part, by, at }: Deciding): boolean => {
  const chat = wholeOfChat(db, part);
  if (settingsOfChat(db, chat)?.admittedAt == null) return false;
  db.update(chatSettings).set({ admittedAt: null, toldAt: null }).where(eq(chatSettings.chatId, chat)).run();
  putAudit(db, { bot, chat, by, action: "group.left", subject: `chat:${chat}`, at });
  return true;
};
