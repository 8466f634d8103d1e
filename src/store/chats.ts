/** Chats as the API lists them, and the conversation that an operator binds one to. */
import { and, eq } from "drizzle-orm";
import { type Addressee, resolveLane } from "./bindings.ts";
import type { Db } from "./db.ts";
import { selectChat } from "./inbox-queries.ts";
import { bindings, chats } from "./schema.ts";

export type ListedChat = {
  readonly id: number;
  readonly owner: string;
  readonly botId: number;
  readonly key: string;
  readonly kind: string;
  readonly title: string | null;
  readonly tokenId: number | null;
  readonly createdAt: number;
  readonly bot: string;
  readonly channel: string;
  /** Whom it talks to now, on which account and where; null before its first message, the conversation until it was made. */
  readonly accountId: number | null;
  readonly agentId: string | null;
  readonly conversation: string | null;
  readonly conversationAt: number | null;
};

/** The binding that was chosen last. */
const select = `
SELECT c.id, c.owner, c.bot_id AS botId, c.key, c.kind, c.title, c.token_id AS tokenId, c.created_at AS createdAt, b.slug AS bot, b.channel,
  x.account_id AS accountId, x.agent_id AS agentId, v.upstream_id AS conversation, v.created_at AS conversationAt
FROM chats c JOIN bots b ON b.id = c.bot_id
LEFT JOIN bindings x ON x.id = (SELECT id FROM bindings WHERE chat_id = c.id ORDER BY chosen_at DESC, id DESC LIMIT 1)
LEFT JOIN conversations v ON v.id = x.conversation_id`;

/** Chats whose id is lower than `before`, newest first; with `tokenId` only those that callers with that token made. */
export const listChats = (
  db: Db,
  { before, limit, tokenId }: { readonly before: number; readonly limit: number; readonly tokenId?: number },
): readonly ListedChat[] =>
  tokenId === undefined
    ? db.$client
        .query<ListedChat, [number, number]>(`${select} WHERE c.id < ? ORDER BY c.id DESC LIMIT ?`)
        .all(before, limit)
    : db.$client
        .query<ListedChat, [number, number, number]>(
          `${select} WHERE c.token_id = ? AND c.id < ? ORDER BY c.id DESC LIMIT ?`,
        )
        .all(tokenId, before, limit);

const listedChatById = (db: Db, id: number): ListedChat | undefined =>
  db.$client.query<ListedChat, [number]>(`${select} WHERE c.id = ?`).get(id) ?? undefined;

/** The chat of this bot and key; undefined when nobody has written in it. */
export const chatByKey = (db: Db, botId: number, key: string): ListedChat | undefined => {
  const chat = selectChat(db).get({ botId, key });
  return chat && listedChatById(db, chat.id);
};

/** From now on the chat talks to this agent in this conversation. What it has asked already is answered where it stands. */
export const bindChat = (
  db: Db,
  args: {
    readonly chat: number;
    readonly to: Addressee & { readonly conversation: { readonly upstreamId: string } };
    readonly at: number;
  },
): void => {
  const { to, at } = args;
  const chat = db.select().from(chats).where(eq(chats.id, args.chat)).get();
  if (!chat) return;
  const conversationId = resolveLane(db, chat, to, at);
  const { accountId, agentId } = to;
  const here = and(eq(bindings.chatId, chat.id), eq(bindings.agentId, agentId));
  const known = db.select({ id: bindings.id }).from(bindings).where(here).get();
  const bound = { accountId, conversationId, chosenAt: at };
  if (known) db.update(bindings).set(bound).where(eq(bindings.id, known.id)).run();
  else
    db.insert(bindings)
      .values({ owner: chat.owner, chatId: chat.id, agentId, ...bound })
      .run();
};
