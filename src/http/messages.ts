/** `/api/v1/messages`: what a program has said in a chat. The agent has no part in it. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { type OutboxState, worthMs } from "../outbox/states.ts";
import { chatByKey, type ListedChat } from "../store/chats.ts";
import { type Message, messageByPublicId, partsOfMessage } from "../store/messages.ts";
import type { NewPart } from "../store/outbox.ts";
import { type Caller, isAdmin } from "./auth.ts";
import { maySee } from "./chats.ts";
import { findBot } from "./bot.ts";
import type { Env, HttpDeps } from "./context.ts";
import { type Destination, readMessageRequest } from "./message-request.ts";
import { ok } from "./reply.ts";

type Bot = ReturnType<HttpDeps["bots"]["bySlug"]>;
type Place = { readonly bot: Bot | undefined; readonly key: string };

const findPlace = (deps: HttpDeps, to: Destination): Place => {
  if ("chat" in to) return { bot: findBot(deps, to.chat.split(":", 1)[0] ?? ""), key: to.chat };
  const bot = findBot(deps, to.channel);
  if (bot) return { bot, key: `${bot.slug}:${to.chatId}` };
  throw new Fault("bad_request", { message: `Invalid channel: ${to.channel}`, field: "channel" });
};

/** A chat in which somebody has written before, and which the caller may know of; others are as if they were not there. */
const findChat = (deps: HttpDeps, caller: Caller, { bot, key }: Place): { bot: Bot; chat: ListedChat } => {
  const chat = bot && chatByKey(deps.store.db, bot.id, key);
  if (bot && chat && maySee(deps, caller, chat)) return { bot, chat };
  throw new Fault("not_found", { message: "Chat not found" });
};

const toParts = (bot: Bot, chat: ListedChat, text: string, publicId: string, deadlineAt: number): readonly NewPart[] =>
  bot.channel.render({ text }).map((part, index) => ({
    owner: chat.owner,
    botId: bot.id,
    chatId: chat.id,
    turnId: null,
    kind: "message",
    address: JSON.stringify({ chat: chat.key.slice(bot.slug.length + 1) }),
    part: JSON.stringify(part),
    sendKey: `${publicId}/${index}`,
    deadlineAt,
    replaces: null,
  }));

/** An id that nobody guesses: whoever knows it still needs the token. */
const newMessageId = (): string => `msg_${randomBytes(16).toString("hex")}`;

const order: readonly OutboxState[] = ["dead", "ambiguous", "sending", "pending", "sent"];

/** The state of a message is that of its parts which is furthest from being sent; null once they are no longer kept. */
const describeMessage = (deps: HttpDeps, message: Message) => {
  const parts = partsOfMessage(deps.store.db, message);
  return {
    messageId: message.publicId,
    state: order.find((state) => parts.some((part) => part.state === state)) ?? null,
    parts: parts.map(({ state, attempts, platformId, errorCode }) => ({ state, attempts, platformId, errorCode })),
    createdAt: new Date(message.createdAt).toISOString(),
  };
};

const findMessage = (deps: HttpDeps, caller: Caller, publicId: string): Message => {
  const message = messageByPublicId(deps.store.db, publicId);
  if (message && (isAdmin(caller) || message.tokenId === caller.tokenId)) return message;
  throw new Fault("not_found", { message: "Message not found" });
};

/** Answers once the message is on disk; it is sent behind what the chat is sent already, and tried for a day. */
export const sendMessage = (deps: HttpDeps) => async (c: Context<Env>, caller: Caller) => {
  const request = await readMessageRequest(c.req.raw, deps.limits, (to) => findPlace(deps, to));
  const stopping = deps.stopping();
  if (stopping) throw stopping;
  const { bot, chat } = findChat(deps, caller, request.place);
  const at = deps.now();
  const publicId = newMessageId();
  const { tokenId } = caller;
  const accepted = await deps.store.write.acceptMessage({
    publicId,
    owner: chat.owner,
    chatId: chat.id,
    tokenId,
    // Without a key of the caller's the request is its own: two equal requests are two messages.
    key: request.idempotencyKey === undefined ? `request:${randomUUID()}` : `caller:${request.idempotencyKey}`,
    bodyHash: request.bodyHash,
    parts: toParts(bot, chat, request.text, publicId, at + worthMs.message),
    at,
  });
  if (accepted.conflict) {
    throw new Fault("conflict", { message: "This idempotency key was used with another body." });
  }
  if (accepted.isNew) deps.pipeline.pokeChat(chat.id);
  const { messageId, state } = describeMessage(deps, findMessage(deps, caller, accepted.publicId));
  return ok({ success: true, messageId, state });
};

export const showMessage = (deps: HttpDeps) => (c: Context<Env>, caller: Caller) =>
  ok(describeMessage(deps, findMessage(deps, caller, c.req.param("id") ?? "")));
