/** Sending, changing and removing text. */
import type { Message } from "grammy/types";
import { type Formatted, formatCaption, formatText } from "../entities.ts";
import { type Keyboard, readKeyboard } from "../keyboard.ts";
import type { Arguments } from "../parameters.ts";
import { missing, wrong } from "../refusal.ts";
import { fetches, readRich, type RichSource, richText } from "../rich.ts";
import { keyboardOf, type Room, type Stored } from "../world.ts";
import { type Call, findChat, reach } from "./call.ts";
import { type Content, post } from "./post.ts";

const dayMs = 86_400_000;

export const asText = ({ text, entities }: Formatted): Content => ({
  fields: { text, ...(entities.length > 0 && { entities: [...entities] }) },
  text,
});

const asRich = ({ world }: Call, source: RichSource): Content => {
  const rich_message = readRich(source);
  if (fetches(source)) world.fetched.push(richText(source));
  return { fields: { rich_message }, text: richText(source), source: JSON.stringify(source) };
};

export const sendMessage = (call: Call, args: Arguments<"sendMessage">): Message =>
  post(call, args, () => asText(formatText(args.text, args)));

export const sendRichMessage = (call: Call, args: Arguments<"sendRichMessage">): Message =>
  post(call, args, () => asRich(call, args.rich_message));

type Edited = {
  readonly chat_id?: number | string | undefined;
  readonly message_id?: number | undefined;
  readonly inline_message_id?: string | undefined;
  readonly reply_markup?: unknown;
};

const own = (call: Call, { chat_id, message_id }: Edited): { readonly room: Room; readonly stored: Stored } => {
  if (message_id === undefined) throw wrong("message identifier is not specified");
  const room = reach(call, { chat_id });
  const stored = room.messages.get(message_id);
  if (!stored) throw missing("message to edit not found");
  if (stored.bot !== call.bot.user.id) throw missing("message can't be edited");
  return { room, stored };
};

const unchanged =
  "message is not modified: specified new message content and reply markup are exactly the same as a current content " +
  "and reply markup of the message";

const contentOf = ({ message, source }: Stored): unknown => [
  message.text,
  message.entities,
  message.caption,
  message.caption_entities,
  source,
];

const replaced = ["text", "entities", "rich_message", "caption", "caption_entities", "reply_markup"] as const;

/** The message with new content; buttons that are not given again are gone. */
const change = (call: Call, args: Edited, read: (stored: Stored) => Content): Message => {
  const { world, method } = call;
  const { room, stored } = own(call, args);
  const { fields, text, source } = read(stored);
  const keyboard = readKeyboard(args.reply_markup as Keyboard | undefined);
  const kept = Object.fromEntries(
    Object.entries(stored.message).filter(([key]) => !(replaced as readonly string[]).includes(key)),
  );
  const message = {
    ...kept,
    ...fields,
    ...(keyboard && { reply_markup: keyboard }),
    edit_date: Math.floor(world.clock.now() / 1000),
  } as Message;
  const after: Stored = { ...stored, message, source };
  const isSame =
    Bun.deepEquals(contentOf(stored), contentOf(after)) && Bun.deepEquals(keyboardOf(stored), keyboardOf(after));
  if (isSame) throw missing(unchanged);
  stored.message = message;
  stored.source = source;
  const thread = message.message_thread_id;
  const id = message.message_id;
  world.taken.push({ kind: "edit", method, chat: room.id, thread, id, text, at: world.clock.now() });
  world.changed();
  return message;
};

export const editMessageText = (call: Call, args: Arguments<"editMessageText">): Message => {
  if ((args.text === undefined) === (args.rich_message === undefined)) {
    throw wrong("exactly one of text and rich_message must be used");
  }
  const rich = args.rich_message;
  return change(call, args, ({ message }) => {
    if (message.text === undefined && message.rich_message === undefined) {
      throw missing("there is no text in the message to edit");
    }
    return rich === undefined ? asText(formatText(args.text ?? "", args)) : asRich(call, rich);
  });
};

export const editMessageCaption = (call: Call, args: Arguments<"editMessageCaption">): Message =>
  change(call, args, ({ message }) => {
    if (message.text !== undefined || message.rich_message !== undefined) {
      throw missing("there is no caption in the message to edit");
    }
    const markup = { parse_mode: args.parse_mode, entities: args.caption_entities };
    const { text: caption, entities } = formatCaption(args.caption ?? "", markup);
    const fields = caption === "" ? {} : { caption, ...(entities.length > 0 && { caption_entities: [...entities] }) };
    return { fields, text: caption };
  });

export const editMessageReplyMarkup = (call: Call, args: Arguments<"editMessageReplyMarkup">): Message =>
  change(call, args, ({ message, source }) => {
    const { text, entities, rich_message, caption, caption_entities } = message;
    const given = { text, entities, rich_message, caption, caption_entities };
    const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return { fields, text: text ?? caption ?? "", ...(source !== undefined && { source }) };
  });

/** Own messages of the last 48 hours, anybody's in a private chat or as an administrator. */
const mayDelete = ({ world, bot }: Call, room: Room, stored: Stored): boolean => {
  if (world.clock.now() - stored.message.date * 1000 > 2 * dayMs) return false;
  const isAdministrator = room.standings.get(bot.user.id) === "administrator";
  return stored.bot === bot.user.id || room.kind === "private" || isAdministrator;
};

export const deleteMessage = (call: Call, { chat_id, message_id }: Arguments<"deleteMessage">): true => {
  const room = reach(call, { chat_id });
  const stored = room.messages.get(message_id);
  if (!stored) throw missing("message to delete not found");
  if (!mayDelete(call, room, stored)) throw missing("message can't be deleted for everyone");
  room.messages.delete(message_id);
  call.world.changed();
  return true;
};

/** Skips what is not there. */
export const deleteMessages = (call: Call, { chat_id, message_ids }: Arguments<"deleteMessages">): true => {
  const room = reach(call, { chat_id });
  const found = message_ids.flatMap((id) => room.messages.get(id) ?? []);
  if (found.some((stored) => !mayDelete(call, room, stored))) throw missing("message can't be deleted for everyone");
  for (const { message } of found) room.messages.delete(message.message_id);
  call.world.changed();
  return true;
};

export const setMessageReaction = (call: Call, args: Arguments<"setMessageReaction">): true => {
  const room = findChat(call, args.chat_id);
  reach(call, { chat_id: args.chat_id });
  const stored = room.messages.get(args.message_id);
  if (!stored) throw missing("message to react not found");
  const chosen = args.reaction ?? [];
  if (chosen.length > 1) throw wrong("REACTIONS_TOO_MANY");
  const shown = chosen.map((one) => {
    if (one.type === "paid") throw wrong("REACTION_INVALID");
    return one.type === "emoji" ? one.emoji : `:${one.custom_emoji_id}:`;
  });
  stored.reactions.set(call.bot.user.id, shown);
  call.world.changed();
  return true;
};

const answerMax = 200;

export const answerCallbackQuery = ({ world }: Call, args: Arguments<"answerCallbackQuery">): true => {
  const text = args.text ?? "";
  if (!text.isWellFormed()) throw wrong("strings must be encoded in UTF-8");
  if (text.length > answerMax) throw wrong("MESSAGE_TOO_LONG");
  const press = world.presses.get(args.callback_query_id);
  if (!press || press.answer !== undefined || world.clock.now() - press.at > 150_000) {
    throw missing("query is too old and response timeout expired or query ID is invalid");
  }
  press.answer = { text: args.text, alert: args.show_alert ?? false };
  world.changed();
  return true;
};
