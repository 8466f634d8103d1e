/** What the platform knows: bots, people, chats and what was said in them. */
import type { BotCommand, Chat, InlineKeyboardMarkup, Message, MessageEntity, User, UserFromGetMe } from "grammy/types";
import type { Clock } from "./clock.ts";
import type { Files } from "./files.ts";
import type { Pusher } from "./webhook.ts";
import type { Updates } from "./updates.ts";

export type Standing = "creator" | "administrator" | "member" | "left" | "kicked";

/** A message as it stands in its chat now. */
export type Stored = {
  message: Message;
  /** The bot that sent it; nothing for a person's. */
  readonly bot: number | undefined;
  /** What the bot gave of a rich message, to be compared and read. */
  source: string | undefined;
  readonly reactions: Map<number, readonly string[]>;
};

/** What became of a draft. */
export type DraftEnd = "followed" | "stopped" | "expired";

export type Draft = {
  readonly chat: number;
  readonly thread: number | undefined;
  readonly draftId: number;
  text: string;
  entities: readonly MessageEntity[];
  readonly firstAt: number;
  lastAt: number;
  times: number;
  canStop: boolean;
  keepOnStop: boolean;
  end: DraftEnd | undefined;
  /** Drafts that came after it had been stopped. */
  afterStop: number;
};

export type Topic = { readonly id: number; readonly name: string };

export type Room = {
  readonly id: number;
  readonly kind: Chat["type"];
  readonly title: string;
  readonly person: User | undefined;
  /** The bot of a private chat. */
  readonly bot: number | undefined;
  readonly hasTopics: boolean;
  readonly topics: Map<number, Topic>;
  /** People and bots. */
  readonly standings: Map<number, Standing>;
  readonly messages: Map<number, Stored>;
  readonly drafts: Draft[];
  lastId: number;
  migratedTo: number | undefined;
};

/** A getUpdates that waits, and may be turned away. */
export type Poll = { readonly conflict: (by: "other getUpdates" | "setWebhook") => void };

export type Press = {
  readonly id: string;
  readonly chat: number;
  readonly messageId: number;
  readonly from: number;
  readonly at: number;
  answer: { readonly text: string | undefined; readonly alert: boolean } | undefined;
};

export type Bot = {
  readonly token: string;
  readonly user: UserFromGetMe;
  readonly updates: Updates;
  readonly pusher: Pusher;
  readonly commands: Map<string, readonly BotCommand[]>;
  /** The getUpdates that waits. */
  poll: Poll | undefined;
  /** Private chats and basic groups count a bot's messages together. */
  lastId: number;
};

/** Something of a bot that came into a chat, or changed there; it stays in this list whatever becomes of it. */
export type Taken = {
  readonly kind: "message" | "edit" | "draft";
  readonly method: string;
  readonly chat: number;
  readonly thread: number | undefined;
  /** The draft's id for a draft. */
  readonly id: number;
  readonly text: string;
  readonly at: number;
};

export type World = {
  readonly clock: Clock;
  readonly files: Files;
  readonly bots: Bot[];
  readonly people: Map<number, User & { deactivated?: true }>;
  readonly rooms: Room[];
  readonly presses: Map<string, Press>;
  readonly taken: Taken[];
  /** Rich messages that made the platform fetch something from the net. */
  readonly fetched: string[];
  /** Notes what the platform would take, but nobody who knows the documentation does. */
  complain(bot: number, method: string, what: string): void;
  /** Calls back whenever something happened, until it is taken back. */
  listen(call: () => void): () => void;
  /** Says that something happened, to whoever waits. */
  readonly changed: () => void;
};

export const botOf = (world: World, id: number): Bot | undefined => world.bots.find(({ user }) => user.id === id);

/** A private chat has the person's id, with every bot. */
export const findRoom = (world: World, bot: Bot, id: number): Room | undefined =>
  world.rooms.find((room) => room.id === id && (room.kind !== "private" || room.bot === bot.user.id));

export const addRoom = (world: World, room: Partial<Room> & Pick<Room, "id" | "kind">): Room => {
  const made: Room = {
    title: "",
    person: undefined,
    bot: undefined,
    hasTopics: false,
    topics: new Map(),
    standings: new Map(),
    messages: new Map(),
    drafts: [],
    lastId: 0,
    migratedTo: undefined,
    ...room,
  };
  world.rooms.push(made);
  return made;
};

export const nextMessageId = (world: World, room: Room): number => {
  if (room.kind === "supergroup" || room.kind === "channel") return (room.lastId += 1);
  const owner = world.bots.find(({ user }) => user.id === room.bot) ?? world.bots[0];
  return owner ? (owner.lastId += 1) : (room.lastId += 1);
};

/** A chat as a message names it. */
export const chatOf = (room: Room): Chat => {
  const { id, kind, person, title } = room;
  if (kind === "private" && person) {
    const { first_name, last_name, username } = person;
    return { id, type: kind, first_name, ...(last_name && { last_name }), ...(username && { username }) };
  }
  const named = { id, title };
  if (kind === "supergroup") return { ...named, type: kind, ...(room.hasTopics && { is_forum: true as const }) };
  return kind === "channel" ? { ...named, type: kind } : { ...named, type: "group" };
};

/** A message without what it says. */
export const envelope = (world: World, room: Room, from: User, thread?: number): Message => ({
  message_id: nextMessageId(world, room),
  ...(room.kind === "channel" ? { sender_chat: chatOf(room) } : { from }),
  chat: chatOf(room),
  date: Math.floor(world.clock.now() / 1000),
  ...(thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true }),
});

export const store = (world: World, room: Room, message: Message, bot?: Bot, source?: string): Stored => {
  const stored: Stored = { message, bot: bot?.user.id, source, reactions: new Map() };
  room.messages.set(message.message_id, stored);
  world.changed();
  return stored;
};

/** What shows in a reply: the message without what it replies to itself. */
export const quoted = (stored: Stored): Message => {
  const { reply_to_message: _inner, ...message } = stored.message;
  return message as Message;
};

export const keyboardOf = ({ message }: Stored): InlineKeyboardMarkup | undefined => message.reply_markup;
