/** What is set for chats, and which groups are let in. */
import { eq, sql } from "drizzle-orm";
import { type GroupMode, groupModes } from "../access/rules.ts";
import { putAudit } from "./audit.ts";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { chatSettings, chats } from "./schema.ts";
import { selectSettings } from "./access-queries.ts";

export type ChatSettings = typeof chatSettings.$inferSelect;

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
  upsertTold(db).run(args);
};

export const settingsOfChat = (db: Db, chat: number): ChatSettings | undefined => selectSettings(db).get({ chat });

/** Lets a group in. Answers false when it is in already. */
export const admitGroup = (
  db: Db,
  args: { readonly bot: number; readonly chat: number; readonly by: string; readonly at: number },
): boolean => {
  const { bot, chat, by, at } = args;
  if (settingsOfChat(db, chat)?.admittedAt != null) return false;
  db.insert(chatSettings)
    .values({ chatId: chat, owner: "house", admittedAt: at })
    .onConflictDoUpdate({ target: chatSettings.chatId, set: { admittedAt: at } })
    .run();
  putAudit(db, { bot, chat, by, action: "group.admitted", subject: `chat:${chat}`, at });
  return true;
};

/** The bot is not there any more. What was set stays, for when it comes back and is let in again. */
export const leaveGroup = (
  db: Db,
  args: { readonly bot: number; readonly chat: number; readonly by: string; readonly at: number },
): void => {
  const { bot, chat, by, at } = args;
  if (settingsOfChat(db, chat)?.admittedAt == null) return;
  db.update(chatSettings).set({ admittedAt: null, toldAt: null }).where(eq(chatSettings.chatId, chat)).run();
  putAudit(db, { bot, chat, by, action: "group.left", subject: `chat:${chat}`, at });
};

/** Only what is to change. Null takes a setting back to what the configuration says. */
export type SettingChanges = {
  readonly admitted?: boolean;
  readonly mode?: GroupMode | null;
  readonly allowed?: readonly string[] | null;
  readonly debounceMs?: number | null;
  readonly dailyLimit?: number | null;
  readonly dailyPersonLimit?: number | null;
  readonly reasoning?: boolean | null;
  readonly acknowledge?: boolean | null;
};

export type SettingAnswer =
  | { readonly outcome: "set"; readonly settings: ChatSettings | undefined }
  | { readonly outcome: "missing" }
  /** Beyond what the operator allows. */
  | { readonly outcome: "too-wide"; readonly ceiling: GroupMode };

const told = (value: unknown): string => (value === null ? "default" : JSON.stringify(value));

/**
 * Sets what a chat's rules are. What an operator chooses as the mode is the widest that there is from then on; a chat's
 * administrators may only choose a narrower one. `configured` is the mode by the configuration.
 */
export const setChatSetting = (
  db: Db,
  args: {
    readonly chat: number;
    readonly changes: SettingChanges;
    readonly as: "operator" | "chat-admin";
    readonly configured: GroupMode;
    readonly by: string;
    readonly at: number;
  },
): SettingAnswer => {
  const { chat: chatId, changes, as, configured, by, at } = args;
  const chat = db.select().from(chats).where(eq(chats.id, chatId)).get();
  if (!chat) return { outcome: "missing" };
  const { admitted, mode, allowed, ...plain } = changes;
  const ceiling = settingsOfChat(db, chatId)?.ceiling ?? configured;
  const isWider = mode != null && groupModes.indexOf(mode) > groupModes.indexOf(ceiling);
  if (as === "chat-admin" && isWider) return { outcome: "too-wide", ceiling };
  const { botId: bot, owner } = chat;
  if (admitted === true) admitGroup(db, { bot, chat: chatId, by, at });
  if (admitted === false) leaveGroup(db, { bot, chat: chatId, by, at });
  const modes = mode === undefined ? {} : as === "operator" ? { ceiling: mode, mode: null } : { mode };
  const list = allowed === undefined ? {} : { allowed: allowed === null ? null : JSON.stringify(allowed) };
  const set = { ...modes, ...list, ...plain };
  if (Object.keys(set).length > 0)
    db.insert(chatSettings)
      .values({ chatId, owner, ...set })
      .onConflictDoUpdate({ target: chatSettings.chatId, set })
      .run();
  const { admitted: _, ...logged } = changes;
  for (const [name, value] of Object.entries(logged)) {
    putAudit(db, { bot, chat: chatId, by, action: "setting.changed", subject: name, detail: told(value), at });
  }
  return { outcome: "set", settings: settingsOfChat(db, chatId) };
};
