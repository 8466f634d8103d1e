/** Which conversation a chat talks in: resolved when an event is accepted, changed by a command that is accepted. */
import { and, eq, isNull } from "drizzle-orm";
import type { ConversationPolicy } from "../message.ts";
import type { Changed } from "./changes.ts";
import type { Db } from "./db.ts";
import { selectBinding } from "./inbox-queries.ts";
import { conversationById } from "./posts.ts";
import { bindings, bots, type chats, conversations, turns } from "./schema.ts";

export type Chat = typeof chats.$inferSelect;

/** The agent that an event is for, and where it shall hear of it. */
export type Addressee = {
  readonly accountId: number;
  readonly server: string;
  readonly agentId: string;
  readonly agentName: string;
  /** The chat gets a copy of this agent for itself, its person's in a direct chat: nobody shares one. */
  readonly own?: true;
  /**
   * Which conversation, when the chat has no binding to this agent yet; or the named one, which is used whatever the
   * binding says and does not change it.
   */
  readonly conversation: ConversationPolicy | { readonly upstreamId: string };
};

type Where = { readonly owner: string; readonly to: Addressee; readonly at: number };

/** The conversation of this upstream id or scope, made if need be. */
const findConversation = (
  db: Db,
  { owner, to, at }: Where,
  name: { readonly upstreamId: string } | { readonly scope: string },
): number => {
  const { server, agentId } = to;
  const named = "scope" in name ? eq(conversations.scope, name.scope) : eq(conversations.upstreamId, name.upstreamId);
  const known = db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.server, server), eq(conversations.agentId, agentId), named))
    .get();
  if (known) return known.id;
  return db
    .insert(conversations)
    .values({ owner, server, agentId, createdAt: at, ...name })
    .returning({ id: conversations.id })
    .get().id;
};

const chatScope = (chat: number): string => `chat:${chat}`;

/** Whose conversation a policy means; in a group or API chat, where many or none may speak, a person has none of their own. */
const scopeOf = (
  policy: Exclude<ConversationPolicy, "shared">,
  chat: Chat,
  channel: string,
  person?: number,
): string => {
  if (policy === "per-channel") return `channel:${channel}`;
  return policy === "per-person" && person !== undefined ? `person:${person}` : chatScope(chat.id);
};

/** The lane of an event: the named conversation, that of the chat's binding, or of a new binding. */
export const resolveLane = (db: Db, chat: Chat, to: Addressee, at: number, person?: number): number => {
  const where: Where = { owner: chat.owner, to, at };
  const wish = to.conversation;
  if (typeof wish === "object") return findConversation(db, where, wish);
  const bound = selectBinding(db).get({ chat: chat.id, agentId: to.agentId, server: to.server });
  if (bound) return bound.conversationId;
  const channel = db.select({ channel: bots.channel }).from(bots).where(eq(bots.id, chat.botId)).get()?.channel ?? "";
  const name = wish === "shared" ? { upstreamId: "default" } : { scope: scopeOf(wish, chat, channel, person) };
  const conversationId = findConversation(db, where, name);
  const { accountId, agentId } = to;
  db.insert(bindings)
    .values({ owner: chat.owner, chatId: chat.id, accountId, agentId, conversationId, chosenAt: at })
    // The same agent on a server that moved: the chat goes with it.
    .onConflictDoUpdate({
      target: [bindings.chatId, bindings.agentId],
      set: { accountId, conversationId, chosenAt: at },
    })
    .run();
  return conversationId;
};

type Left = Extract<Changed, { kind: "renewed" }>["left"];

/** What a chat leaves that begins anew. What others share goes on without it; a person's chats stay together. */
const leaving = (scope: string | null): Exclude<Left, "fresh"> => {
  if (scope?.startsWith("chat:")) return "chat";
  return scope?.startsWith("person:") ? "person" : "shared";
};

/** Whether nothing was said in a conversation and nothing waits to be. */
const isFresh = (db: Db, conversation: { readonly id: number; readonly upstreamId: string | null }): boolean =>
  conversation.upstreamId === null &&
  db
    .select({ id: turns.id })
    .from(turns)
    .where(and(eq(turns.conversationId, conversation.id), isNull(turns.finishedAt)))
    .limit(1)
    .get() === undefined;

/**
 * A chat begins anew: a new conversation takes the place of its present one, whose open turns end where they are. Answers
 * where the chat stands now; `fresh` when the present one is as good as new. Null when it is not bound to that agent.
 */
export const renewConversation = (
  db: Db,
  args: { readonly chat: number; readonly agentId: string; readonly at: number },
): { readonly conversation: number; readonly left: Left } | null => {
  const here = and(eq(bindings.chatId, args.chat), eq(bindings.agentId, args.agentId));
  const binding = db.select().from(bindings).where(here).get();
  const present = binding && conversationById(db, binding.conversationId);
  if (!binding || !present) return null;
  const left = leaving(present.scope);
  if (left !== "shared" && isFresh(db, present)) return { conversation: present.id, left: "fresh" };
  const together = left === "person";
  const scope = together ? present.scope : chatScope(args.chat);
  const { server, agentId } = present;
  const holder = and(
    eq(conversations.server, server),
    eq(conversations.agentId, agentId),
    eq(conversations.scope, scope ?? ""),
  );
  db.update(conversations).set({ scope: null }).where(holder).run();
  const renewed = db
    .insert(conversations)
    .values({ owner: together ? present.owner : binding.owner, server, agentId, scope, createdAt: args.at })
    .returning({ id: conversations.id })
    .get();
  const whose = together ? eq(bindings.conversationId, present.id) : here;
  db.update(bindings).set({ conversationId: renewed.id }).where(whose).run();
  return { conversation: renewed.id, left };
};
