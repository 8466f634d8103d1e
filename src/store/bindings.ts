/** Which conversation a chat talks in: resolved when an event is accepted, changed by a command that is accepted. */
import { and, desc, eq, isNull, max } from "drizzle-orm";
import type { ConversationPolicy } from "../message.ts";
import type { Changed } from "./changes.ts";
import type { Db } from "./db.ts";
import { selectBinding } from "./inbox-queries.ts";
import { conversationById } from "./posts.ts";
import { arg, prepared } from "./prepared.ts";
import { bindings, bots, chats, conversations, turns } from "./schema.ts";

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
  /** The agent of a chat that has chosen none; what it has chosen counts. */
  readonly unlessChosen?: boolean;
};

/**
 * Stands in for the agent as long as nobody knows one: Letta has not answered since it is configured, or has no such
 * agent. What waits for it stands in a lane of its chat's own, which is no binding (`unknown-agent.ts`).
 */
export const unknownAgent = { agentId: "unknown", name: "(not known yet)" } as const;

export const isKnown = ({ agentId }: { readonly agentId: string }): boolean => agentId !== unknownAgent.agentId;

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
  if (!isKnown(to)) return findConversation(db, where, { scope: chatScope(chat.id) });
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

const selectPresent = prepared((db) =>
  db
    .select({ conversationId: bindings.conversationId })
    .from(chats)
    .innerJoin(bindings, eq(bindings.chatId, chats.id))
    .where(and(eq(chats.botId, arg("botId")), eq(chats.key, arg("key"))))
    .orderBy(desc(bindings.chosenAt), desc(bindings.id))
    .limit(1)
    .prepare(),
);

/** The lane that the next message of a chat probably stands in; undefined while the chat talks to nobody. */
export const probableLane = (db: Db, at: { readonly botId: number; readonly key: string }): number | undefined =>
  selectPresent(db).get(at)?.conversationId;

/** The agent that a chat has chosen, by the one that it is a copy of where it is the chat's own. */
export type Chosen = { readonly agentId: string; readonly agentName: string };

const chosenSql = `SELECT a.agent_id AS agentId, a.name AS agentName, b.conversation_id AS conversation
  FROM bindings b
  LEFT JOIN own_agents made ON made.agent_id = b.agent_id
  LEFT JOIN own_agents awaited ON b.agent_id LIKE 'own:%' AND awaited.id = CAST(substr(b.agent_id, 5) AS INTEGER)
  JOIN agents a ON a.account_id = b.account_id
    AND a.agent_id = coalesce(made.source_agent_id, awaited.source_agent_id, b.agent_id)
  JOIN conversations c ON c.id = b.conversation_id
  WHERE b.chat_id = ?1 AND b.account_id = ?2 AND c.server = ?3
  ORDER BY b.chosen_at DESC, b.id DESC LIMIT 1`;

type Standing = { readonly chat: number; readonly account: number; readonly server: string };

const selectChosen = (db: Db, { chat, account, server }: Standing) =>
  db.$client
    .query<Chosen & { readonly conversation: number }, [number, number, string]>(chosenSql)
    .get(chat, account, server);

/** The agent that a chat has chosen last, of those that the account may still use. */
export const chosenAgent = (db: Db, at: Standing): Chosen | undefined => {
  const found = selectChosen(db, at);
  return found ? { agentId: found.agentId, agentName: found.agentName } : undefined;
};

/** The conversation in which it talks to it. */
export const chosenConversation = (db: Db, at: Standing) => {
  const found = selectChosen(db, at);
  return found ? conversationById(db, found.conversation) : undefined;
};

/** Whom an event of this chat is for. */
export const addresseeIn = (db: Db, chat: Chat, to: Addressee): Addressee => {
  if (!to.unlessChosen) return to;
  return { ...to, ...chosenAgent(db, { chat: chat.id, account: to.accountId, server: to.server }) };
};

/** The chat talks to this agent from now on: where it did before, if it did. Answers where, and whether it did. */
export const chooseAgent = (
  db: Db,
  args: { readonly chat: Chat; readonly to: Addressee; readonly at: number; readonly person: number | undefined },
): { readonly conversation: number; readonly before: boolean } => {
  const { chat, to, at, person } = args;
  const before = selectBinding(db).get({ chat: chat.id, agentId: to.agentId, server: to.server }) !== undefined;
  const conversation = resolveLane(db, chat, to, at, person);
  // Later than any other, whatever the clock says.
  const latest = db
    .select({ at: max(bindings.chosenAt) })
    .from(bindings)
    .where(eq(bindings.chatId, chat.id))
    .get();
  db.update(bindings)
    .set({ chosenAt: Math.max(at, (latest?.at ?? 0) + 1) })
    .where(and(eq(bindings.chatId, chat.id), eq(bindings.agentId, to.agentId)))
    .run();
  return { conversation, before };
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
