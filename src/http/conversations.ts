/** `/api/v1/conversations` and `/api/v1/conversation`: where chats talk with an agent, and where one shall from now on. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { chatByKey, type ListedChat } from "../store/chats.ts";
import { botBySlug } from "../store/accounts.ts";
import { findAgent } from "./agents.ts";
import type { Caller } from "./auth.ts";
import { asRecord, readJson } from "./body.ts";
import { bindingOf, visibleChats } from "./chats.ts";
import type { Env, HttpDeps } from "./context.ts";
import { queryNumber } from "./params.ts";
import { ok } from "./reply.ts";
import { isConversationId } from "./target.ts";

/** The conversations of the caller's chats with one agent, that of the newest chat first. */
export const listConversations = (deps: HttpDeps) => async (c: Context<Env>, caller: Caller) => {
  const agent = await findAgent(deps, caller, c.req.query("agent") || undefined);
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 50;
  const before = queryNumber(c, "before", { min: 1, max: Number.MAX_SAFE_INTEGER });
  const { chats, next } = visibleChats(deps, caller, { before, limit });
  const conversations = new Map<string, { id: string; createdAt: string; chats: string[] }>();
  for (const chat of chats) {
    const bound = bindingOf(deps, chat);
    if (bound?.agentId !== agent.agentId || bound.conversation === null || bound.createdAt === null) continue;
    const known = conversations.get(bound.conversation);
    if (known) known.chats.push(chat.key);
    else {
      const createdAt = new Date(bound.createdAt).toISOString();
      conversations.set(bound.conversation, { id: bound.conversation, createdAt, chats: [chat.key] });
    }
  }
  return ok({ conversations: [...conversations.values()], next });
};

const readBinding = async (deps: HttpDeps, c: Context<Env>) => {
  const body = asRecord(await readJson(c.req.raw, deps.limits.bodyBytes));
  const { conversationId, agent, key } = body;
  if (typeof conversationId !== "string" || conversationId === "") {
    throw new Fault("bad_request", { message: "Missing required field: conversationId" });
  }
  if (agent !== undefined && typeof agent !== "string") {
    throw new Fault("bad_request", { message: "agent must be a string", field: "agent" });
  }
  return { conversationId, agent: agent === "" ? undefined : agent, key };
};

/** The chat of this key, on whichever bot. */
const findChat = (deps: HttpDeps, key: string): ListedChat => {
  const slug = key.split(":", 1)[0] ?? "";
  const bot =
    [...deps.bots.known.values()].findLast((one) => one.slug === slug) ?? botBySlug(deps.store.db, slug, slug);
  const chat = bot && chatByKey(deps.store.db, bot.id, key);
  // One that talks on somebody's own account is theirs to bind.
  const isOurs = chat && (chat.accountId === null || bindingOf(deps, chat) !== undefined);
  if (isOurs) return chat;
  throw new Fault("not_found", { message: `Chat not found: ${key}` });
};

/**
 * Binds a chat to a conversation of an agent: what is written there from now on is said in it. Whether it exists is known
 * when something is.
 */
export const bindConversation = (deps: HttpDeps) => async (c: Context<Env>, caller: Caller) => {
  const { conversationId: upstreamId, agent: wish, key } = await readBinding(deps, c);
  const agent = await findAgent(deps, caller, wish);
  if (typeof key !== "string" || key === "") {
    const message = `Agent "${agent.name}" uses per-chat conversation mode — a key is required (e.g. "bot:123456")`;
    throw new Fault("bad_request", { message, field: "key" });
  }
  const chat = findChat(deps, key);
  if (upstreamId !== "default" && !isConversationId(upstreamId)) {
    throw new Fault("not_found", { message: `Conversation not found: ${upstreamId}` });
  }
  const { agentId, name: agentName } = agent;
  const { account: accountId, server } = deps.house;
  const to = { accountId, server, agentId, agentName, conversation: { upstreamId } };
  await deps.store.write.bindChat({ chat: chat.id, to, at: deps.now() });
  return ok({ success: true, agent: agentName, key, conversationId: upstreamId });
};
