/** What a parameter may be. Objects know their fields, held by the compiler against grammY's types. */
import type {
  BotCommand,
  EphemeralMessageParameters,
  InlineKeyboardMarkup,
  InputRichMessage,
  LinkPreviewOptions,
  MessageEntity,
  ReplyParameters,
  SuggestedPostParameters,
  Update,
} from "grammy/types";
import { z } from "zod";
import { reactions } from "./reactions.ts";

export type Field = z.ZodType;

/** An object that has exactly the fields of `T`, each of which is in the shape. */
const exact =
  <T extends object>() =>
  <S extends { readonly [K in keyof Required<T>]: Field }>(
    shape: S & { readonly [K in Exclude<keyof S, keyof T>]: never },
  ) =>
    z.strictObject(shape as S);

export const text = z.string();
export const integer = z.int();
export const flag = z.boolean();
export const parseMode = z.string();
export const languageCode = z.string().regex(/^[a-z]{2}$/u);
/** A number, also written as text, or the name of a public group or channel. */
export const chatId = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d+$/u)
    .transform(Number),
  z.string().regex(/^@\w+$/u),
]);
/** A file that was sent before, one on the net, or one that comes with the request. */
export const file = z.string().min(1);

export const choice = <const T extends readonly string[]>(...values: T) => z.enum(values);
export const list = <T extends Field>(one: T, min: number, max: number) => z.array(one).min(min).max(max);

const place = { offset: z.int(), length: z.int() };

const plainEntity = z.strictObject({
  type: z.enum([
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
  ]),
  ...place,
});

const entity = z.discriminatedUnion("type", [
  plainEntity,
  z.strictObject({ type: z.literal("pre"), language: z.string().optional(), ...place }),
  z.strictObject({ type: z.literal("text_link"), url: z.string().min(1), ...place }),
  z.strictObject({ type: z.literal("text_mention"), user: z.looseObject({ id: z.int() }), ...place }),
  z.strictObject({ type: z.literal("custom_emoji"), custom_emoji_id: z.string(), ...place }),
  z.strictObject({ type: z.literal("date_time"), unix_time: z.int(), date_time_format: z.string(), ...place }),
]);

export const entities = z.array(entity) as unknown as z.ZodType<readonly MessageEntity[]>;

export const replyParameters = exact<ReplyParameters>()({
  message_id: z.int().optional(),
  chat_id: chatId.optional(),
  ephemeral_message_id: z.int().optional(),
  checklist_task_id: z.int().optional(),
  poll_option_id: z.string().optional(),
  allow_sending_without_reply: z.boolean().optional(),
  quote: z.string().optional(),
  quote_parse_mode: z.string().optional(),
  quote_entities: entities.optional(),
  quote_position: z.int().optional(),
});

export const linkPreview = exact<LinkPreviewOptions>()({
  is_disabled: z.boolean().optional(),
  url: z.string().optional(),
  prefer_small_media: z.boolean().optional(),
  prefer_large_media: z.boolean().optional(),
  show_above_text: z.boolean().optional(),
});

export const suggestedPost = exact<SuggestedPostParameters>()({
  price: z.unknown().optional(),
  send_date: z.int().optional(),
});

export const ephemeral = exact<EphemeralMessageParameters>()({
  receiver_user_id: z.int(),
  callback_query_id: z.string().optional(),
  replace_callback_query_message: z.boolean().optional(),
});

export const inlineKeyboard = exact<InlineKeyboardMarkup>()({
  inline_keyboard: z.array(z.array(z.record(z.string(), z.unknown()))),
  force_reply: z.boolean().optional(),
});

export const keyboard = z.union([
  inlineKeyboard,
  z.looseObject({ keyboard: z.array(z.array(z.unknown())) }),
  z.looseObject({ remove_keyboard: z.literal(true) }),
  z.looseObject({ force_reply: z.literal(true) }),
]);

export const richMessage = exact<InputRichMessage>()({
  blocks: z.array(z.looseObject({ type: z.string() })).optional(),
  html: z.string().optional(),
  markdown: z.string().optional(),
  media: z.array(z.strictObject({ id: z.string().regex(/^[\w-]{1,64}$/u), media: z.looseObject({}) })).optional(),
  is_rtl: z.boolean().optional(),
  skip_entity_detection: z.boolean().optional(),
});

export const mediaGroup = z
  .array(
    z.looseObject({
      type: z.enum(["photo", "video", "audio", "document"]),
      media: z.string().min(1),
      caption: z.string().optional(),
      parse_mode: z.string().optional(),
      caption_entities: entities.optional(),
    }),
  )
  .min(2)
  .max(10);

export const reaction = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("emoji"), emoji: z.enum(reactions) }),
  z.strictObject({ type: z.literal("custom_emoji"), custom_emoji_id: z.string() }),
  z.strictObject({ type: z.literal("paid") }),
]);

export const command = exact<BotCommand>()({
  command: z.string(),
  description: z.string(),
  is_ephemeral: z.boolean().optional(),
});

export const scope = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["default", "all_private_chats", "all_group_chats", "all_chat_administrators"]) }),
  z.strictObject({ type: z.enum(["chat", "chat_administrators"]), chat_id: chatId }),
  z.strictObject({ type: z.literal("chat_member"), chat_id: chatId, user_id: z.int() }),
]);

export type UpdateKind = Exclude<keyof Update, "update_id">;

/** Every kind of update; the compiler tells when one is missing. */
const kinds: Readonly<Record<UpdateKind, true>> = {
  message: true,
  edited_message: true,
  channel_post: true,
  edited_channel_post: true,
  business_connection: true,
  business_message: true,
  edited_business_message: true,
  deleted_business_messages: true,
  guest_message: true,
  stopped_message_generation: true,
  message_reaction: true,
  message_reaction_count: true,
  inline_query: true,
  chosen_inline_result: true,
  callback_query: true,
  shipping_query: true,
  pre_checkout_query: true,
  purchased_paid_media: true,
  poll: true,
  poll_answer: true,
  my_chat_member: true,
  chat_member: true,
  chat_join_request: true,
  chat_boost: true,
  removed_chat_boost: true,
  managed_bot: true,
  subscription: true,
};

export const updateKinds = z.array(z.enum(Object.keys(kinds) as UpdateKind[]));
