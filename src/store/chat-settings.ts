/** What is set for chats. */
import { eq, sql } from "drizzle-orm";
import { type GroupMode, groupModes } from "../access/rules.ts";
import { putAudit } from "./audit.ts";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { chatSettings, chats } from "./schema.ts";

export type ChatSettings = typeof chatSettings.$inferSelect;

/** The chat whose settings count for a chat: a topic has those of its group. */
export const wholeOf = ({ id, withinId }: { readonly id: number; readonly withinId: number | null }): number =>
  withinId ?? id;

const selectWhole = prepared((db) =>
  db
    .select({ id: sql<number>`coalesce(${chats.withinId}, ${chats.id})` })
    .from(chats)
    .where(eq(chats.id, arg("chat")))
    .prepare(),
);

/** The same by its row. */
export const wholeOfChat = (db: Db, chat: number): number => selectWhole(db).get({ chat })?.id ?? chat;

const selectSettings = prepared((db) =>
  db
    .select()
    .from(chatSettings)
    .where(eq(chatSettings.chatId, arg("chat")))
    .prepare(),
);

export const settingsOfChat = (db: Db, chat: number): ChatSettings | undefined =>
  selectSettings(db).get({ chat: wholeOfChat(db, chat) });

/** Only what is to change. Null takes a setting back to what the configuration says. */
export type SettingChanges = {
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
  const { changes, as, configured, by, at } = args;
  const chatId = wholeOfChat(db, args.chat);
  const chat = db.select().from(chats).where(eq(chats.id, chatId)).get();
  if (!chat) return { outcome: "missing" };
  const { mode, allowed, ...plain } = changes;
  const ceiling = settingsOfChat(db, chatId)?.ceiling ?? configured;
  const isWider = mode != null && groupModes.indexOf(mode) > groupModes.indexOf(ceiling);
  if (as === "chat-admin" && isWider) return { outcome: "too-wide", ceiling };
  const { botId: bot, owner } = chat;
  const modes = mode === undefined ? {} : as === "operator" ? { ceiling: mode, mode: null } : { mode };
  const list = allowed === undefined ? {} : { allowed: allowed === null ? null : JSON.stringify(allowed) };
  const set = { ...modes, ...list, ...plain };
  if (Object.keys(set).length > 0)
    db.insert(chatSettings)
      .values({ chatId, owner, ...set })
      .onConflictDoUpdate({ target: chatSettings.chatId, set })
      .run();
  for (const [name, value] of Object.entries(changes)) {
    putAudit(db, { bot, chat: chatId, by, action: "setting.changed", subject: name, detail: told(value), at });
  }
  return { outcome: "set", settings: settingsOfChat(db, chatId) };
};
