/** How a message of a bot comes into a chat. */
import type { Message } from "grammy/types";
import { format } from "../entities.ts";
import { type Keyboard, readKeyboard } from "../keyboard.ts";
import { missing, wrong } from "../refusal.ts";
import { envelope, quoted, type Room, store, type Stored } from "../world.ts";
import { type Call, reach, type Target } from "./call.ts";

type Reply = {
  readonly message_id?: number | undefined;
  readonly chat_id?: number | string | undefined;
  readonly allow_sending_without_reply?: boolean | undefined;
  readonly quote?: string | undefined;
  readonly quote_parse_mode?: string | undefined;
};

export type Posting = Target & {
  readonly reply_parameters?: unknown;
  readonly reply_to_message_id?: number | undefined;
  readonly reply_markup?: unknown;
};

const quoteMax = 1024;

const readQuote = (reply: Reply, stored: Stored): Partial<Message> => {
  if (reply.quote === undefined) return {};
  const { text } = format(reply.quote, { parse_mode: reply.quote_parse_mode });
  if (text.length > quoteMax) throw wrong("quote is too long");
  const said = stored.message.text ?? stored.message.caption ?? stored.source ?? "";
  const position = said.indexOf(text);
  if (position < 0) throw missing("QUOTE_TEXT_INVALID");
  return { quote: { text, position, is_manual: true } };
};

const readReply = (call: Call, room: Room, posting: Posting): Partial<Message> => {
  const old = posting.reply_to_message_id;
  const reply = (posting.reply_parameters ?? (old === undefined ? undefined : { message_id: old })) as
    Reply | undefined;
  if (reply === undefined) return {};
  if (reply.message_id === undefined) throw wrong("message identifier is not specified");
  const from = reply.chat_id === undefined || reply.chat_id === room.id ? room : reach(call, reply);
  const stored = from.messages.get(reply.message_id);
  if (!stored) {
    if (reply.allow_sending_without_reply === true && from === room) return {};
    throw missing("message to be replied not found");
  }
  return { reply_to_message: quoted(stored) as NonNullable<Message["reply_to_message"]>, ...readQuote(reply, stored) };
};

/** A real message takes the place of the drafts before it. */
const endDrafts = (room: Room, thread: number | undefined): void => {
  for (const draft of room.drafts) {
    if (draft.thread === thread && (draft.end === undefined || draft.end === "expired")) draft.end = "followed";
  }
};

export type Content = {
  readonly fields: Partial<Message>;
  /** What a reader gets of it. */
  readonly text: string;
  readonly source?: string;
};

/** Everything is checked before anything changes. */
export const post = (call: Call, posting: Posting, read: (room: Room) => Content): Message => {
  const { world, bot, method } = call;
  const room = reach(call, posting);
  const content = read(room);
  const keyboard = readKeyboard(posting.reply_markup as Keyboard | undefined);
  const reply = readReply(call, room, posting);
  const thread = posting.message_thread_id;
  const message: Message = {
    ...envelope(world, room, bot.user, thread),
    ...reply,
    ...content.fields,
    ...(keyboard && { reply_markup: keyboard }),
  };
  endDrafts(room, thread);
  const id = message.message_id;
  world.taken.push({ kind: "message", method, chat: room.id, thread, id, text: content.text, at: world.clock.now() });
  store(world, room, message, bot, content.source);
  return message;
};
