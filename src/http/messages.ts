/** `/api/v1/messages`: what a program has said in a chat. The agent has no part in it. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { type OutboxState, worthMs } from "../outbox/states.ts";
import { chatByKey, type ListedChat } from "../store/chats.ts";
import {
  type AcceptedMessage,
  type Message,
  messageAsked,
  messageByPublicId,
  partsOfMessage,
} from "../store/messages.ts";
import type { NewPart } from "../store/outbox.ts";
import { createGate } from "../turn/gate.ts";
import { type Caller, isAdmin } from "./auth.ts";
import { maySee } from "./chats.ts";
import { findBot } from "./bot.ts";
import type { Env, HttpDeps } from "./context.ts";
import { acceptWithFile, demandRoom, fileOfMessage, type MessageFile } from "./message-file.ts";
import { type Destination, isForm, type MessageRequest, readMessageRequest } from "./message-request.ts";
import { ok } from "./reply.ts";

type Bot = ReturnType<HttpDeps["bots"]["bySlug"]>;
type Place = { readonly bot: Bot | undefined; readonly key: string };
type Found = { readonly bot: NonNullable<Bot>; readonly chat: ListedChat };

const findPlace = (deps: HttpDeps, to: Destination): Place => {
  if ("chat" in to) return { bot: findBot(deps, to.chat.split(":", 1)[0] ?? ""), key: to.chat };
  const bot = findBot(deps, to.channel);
  if (bot) return { bot, key: `${bot.slug}:${to.chatId}` };
  throw new Fault("bad_request", { message: `Invalid channel: ${to.channel}`, field: "channel" });
};

/** A chat in which somebody has written before, and which the caller may know of; others are as if they were not there. */
const findChat = (deps: HttpDeps, caller: Caller, { bot, key }: Place): Found => {
  const chat = bot && chatByKey(deps.store.db, bot.id, key);
  if (bot && chat && maySee(deps, caller, chat)) return { bot, chat };
  throw new Fault("not_found", { message: "Chat not found" });
};

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

type Saying = {
  readonly publicId: string;
  readonly text: string;
  readonly file: MessageFile | undefined;
  readonly at: number;
};

/** The parts that say it, and which of them has the file. */
const toParts = ({ bot, chat }: Found, { publicId, text, file, at }: Saying) => {
  const rendered = bot.channel.render({ text, ...(file ? { files: [file.ref] } : {}) });
  const keyOf = (index: number): string => `${publicId}/${index}`;
  const parts = rendered.map((part, index): NewPart => ({
    owner: chat.owner,
    botId: bot.id,
    chatId: chat.id,
    turnId: null,
    kind: "message",
    address: JSON.stringify({ chat: chat.key.slice(bot.slug.length + 1) }),
    part: JSON.stringify(part),
    sendKey: keyOf(index),
    deadlineAt: at + worthMs.message,
    replaces: null,
  }));
  const sendKey = keyOf(rendered.findIndex((part) => part.file !== undefined));
  return { parts, ...(file ? { file: { ...file.row, sendKey } } : {}) };
};

/** Stores the message, unless another one stands for the request. */
const accept = async (
  deps: HttpDeps,
  { tokenId }: Caller,
  found: Found,
  { text, file: given, idempotencyKey, bodyHash }: MessageRequest<Place>,
): Promise<AcceptedMessage> => {
  const { store } = deps;
  // Without a key of the caller's the request is its own: two equal requests are two messages.
  const key = idempotencyKey === undefined ? `request:${randomUUID()}` : `caller:${idempotencyKey}`;
  const asked = { tokenId, key, bodyHash };
  const known = messageAsked(store.db, asked);
  if (known) return known;
  const { owner, id: chatId } = found.chat;
  const [publicId, at] = [newMessageId(), deps.now()];
  const file = given && fileOfMessage(publicId, given);
  const said = toParts(found, { publicId, text, file, at });
  const write = () => store.write.acceptMessage({ ...asked, publicId, owner, chatId, ...said, at });
  return file ? acceptWithFile(deps, file, write) : write();
};

/** Forms with their files are held in memory: so many at a time, and the rest wait in line. */
const formsAtOnce = 4;

const answer = async (deps: HttpDeps, c: Context<Env>, caller: Caller) => {
  const request = await readMessageRequest(c.req.raw, deps.limits, (to) => findPlace(deps, to));
  const stopping = deps.stopping();
  if (stopping) throw stopping;
  const found = findChat(deps, caller, request.place);
  if (request.file) demandRoom(request.file, found.bot.channel.limits.fileBytes);
  const accepted = await accept(deps, caller, found, request);
  if (accepted.conflict) {
    throw new Fault("conflict", { message: "This idempotency key was used with another body." });
  }
  if (accepted.isNew) deps.pipeline.pokeChat(found.chat.id);
  const { messageId, state } = describeMessage(deps, findMessage(deps, caller, accepted.publicId));
  return ok({ success: true, messageId, state });
};

/** Answers once the message is on disk; it is sent behind what the chat is sent already, and tried for a day. */
export const sendMessage = (deps: HttpDeps) => {
  const gate = createGate(formsAtOnce);
  return (c: Context<Env>, caller: Caller) =>
    isForm(c.req.raw) ? gate(() => answer(deps, c, caller)) : answer(deps, c, caller);
};

export const showMessage = (deps: HttpDeps) => (c: Context<Env>, caller: Caller) =>
  ok(describeMessage(deps, findMessage(deps, caller, c.req.param("id") ?? "")));
