/** `GET /api/v1/chats`: where somebody has written. */
import type { Context } from "hono";
import { type ListedChat, listChats } from "../store/chats.ts";
import { type Caller, isAdmin, mayUse } from "./auth.ts";
import type { Env, HttpDeps } from "./context.ts";
import { queryNumber } from "./params.ts";
import { ok } from "./reply.ts";

/** Rows that are looked at for one answer, whoever may see them. */
const pageRows = 1_000;

/** What a chat is bound to, where that is the operator's own account: what belongs to other accounts is not told. */
export const bindingOf = (
  deps: Pick<HttpDeps, "house">,
  chat: ListedChat,
):
  { readonly agentId: string; readonly conversation: string | null; readonly createdAt: number | null } | undefined => {
  const { agentId, accountId, conversation, conversationAt: createdAt } = chat;
  return agentId !== null && accountId === deps.house.account ? { agentId, conversation, createdAt } : undefined;
};

/**
 * Whether a caller may know of a chat: of those on platforms, whose agent is one of its own; of those of the API, which
 * was made with its token. An admin may know of all.
 */
export const maySee = (deps: Pick<HttpDeps, "house">, caller: Caller, chat: ListedChat): boolean => {
  if (isAdmin(caller)) return true;
  if (chat.kind === "api") return chat.tokenId === caller.tokenId;
  const bound = bindingOf(deps, chat);
  return caller.agents === null || (bound !== undefined && mayUse(caller, bound.agentId));
};

export type ChatPage = {
  readonly chats: readonly ListedChat[];
  /** Where the next page begins; null at the end. */
  readonly next: number | null;
};

/** The caller's chats with ids lower than `before`, newest first. A page may be short, or empty, and not the last one. */
export const visibleChats = (
  deps: Pick<HttpDeps, "house" | "store">,
  caller: Caller,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number | undefined; readonly limit: number },
): ChatPage => {
  const looked = listChats(deps.store.db, { before, limit: pageRows });
  const seen = looked.filter((chat) => maySee(deps, caller, chat));
  const chats = seen.slice(0, limit);
  const last = seen.length > limit ? chats.at(-1) : looked.at(-1);
  const isEnd = seen.length <= limit && looked.length < pageRows;
  return { chats, next: isEnd || last === undefined ? null : last.id };
};

const describeChat = (deps: HttpDeps, chat: ListedChat) => {
  const bound = bindingOf(deps, chat);
  return {
    id: chat.id,
    chat: chat.key,
    bot: chat.bot,
    channel: chat.channel,
    kind: chat.kind,
    title: chat.title,
    agentId: bound?.agentId ?? null,
    conversationId: bound?.conversation ?? null,
    createdAt: new Date(chat.createdAt).toISOString(),
  };
};

export const listChatsRoute = (deps: HttpDeps) => (c: Context<Env>, caller: Caller) => {
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 50;
  const before = queryNumber(c, "before", { min: 1, max: Number.MAX_SAFE_INTEGER });
  const { chats, next } = visibleChats(deps, caller, { before, limit });
  return ok({ chats: chats.map((chat) => describeChat(deps, chat)), next });
};
