/**
 * Every method that the double has, with the parameters it knows and what each has to be. The compiler holds the table
 * against grammY's types, so a method's parameters are all here and none is misspelt.
 */
import type { Opts } from "grammy/types";
import { z } from "zod";
import {
  chatId,
  choice,
  command,
  entities,
  ephemeral,
  type Field,
  file,
  flag,
  inlineKeyboard,
  integer,
  keyboard,
  languageCode,
  linkPreview,
  list,
  mediaGroup,
  parseMode,
  reaction,
  replyParameters,
  richMessage,
  scope,
  suggestedPost,
  text,
  updateKinds,
} from "./fields.ts";

export const methodNames = [
  "getMe",
  "getUpdates",
  "setWebhook",
  "deleteWebhook",
  "getWebhookInfo",
  "sendMessage",
  "sendRichMessage",
  "sendMessageDraft",
  "sendRichMessageDraft",
  "sendChatAction",
  "sendPhoto",
  "sendDocument",
  "sendVoice",
  "sendAudio",
  "sendMediaGroup",
  "editMessageText",
  "editMessageCaption",
  "editMessageReplyMarkup",
  "deleteMessage",
  "deleteMessages",
  "answerCallbackQuery",
  "setMessageReaction",
  "setMyCommands",
  "getMyCommands",
  "deleteMyCommands",
  "getFile",
  "getChat",
  "getChatMember",
  "getChatAdministrators",
  "leaveChat",
] as const;

export type MethodName = (typeof methodNames)[number];

export const isMethodName = (name: string): name is MethodName => (methodNames as readonly string[]).includes(name);

type Table = { readonly [M in MethodName]: { readonly [P in keyof Required<Opts<M>>]: Field } };

/** The parameters of everything that is sent as a message of its own. */
const message = {
  business_connection_id: text.optional(),
  chat_id: chatId,
  message_thread_id: integer.optional(),
  direct_messages_topic_id: integer.optional(),
  disable_notification: flag.optional(),
  protect_content: flag.optional(),
  allow_paid_broadcast: flag.optional(),
  message_effect_id: text.optional(),
  reply_parameters: replyParameters.optional(),
};

const single = {
  ...message,
  ephemeral_message_parameters: ephemeral.optional(),
  suggested_post_parameters: suggestedPost.optional(),
  reply_markup: keyboard.optional(),
};

const captioned = {
  ...single,
  caption: text.optional(),
  parse_mode: parseMode.optional(),
  caption_entities: entities.optional(),
  reply_to_message_id: integer.optional(),
};

const edited = {
  business_connection_id: text.optional(),
  chat_id: chatId.optional(),
  message_id: integer.optional(),
  inline_message_id: text.optional(),
  reply_markup: inlineKeyboard.optional(),
};

const draft = {
  chat_id: integer,
  message_thread_id: integer.optional(),
  draft_id: integer,
  can_stop: flag.optional(),
  keep_on_stop: flag.optional(),
};

const commandList = { scope: scope.optional(), language_code: languageCode.optional() };

export const parameters = {
  getMe: {},
  getUpdates: {
    offset: integer.optional(),
    limit: integer.optional(),
    timeout: integer.optional(),
    allowed_updates: updateKinds.optional(),
  },
  setWebhook: {
    url: text,
    certificate: file.optional(),
    ip_address: text.optional(),
    max_connections: integer.optional(),
    allowed_updates: updateKinds.optional(),
    drop_pending_updates: flag.optional(),
    secret_token: text.optional(),
  },
  deleteWebhook: { drop_pending_updates: flag.optional() },
  getWebhookInfo: {},
  sendMessage: {
    ...single,
    text,
    parse_mode: parseMode.optional(),
    entities: entities.optional(),
    link_preview_options: linkPreview.optional(),
    reply_to_message_id: integer.optional(),
  },
  sendRichMessage: { ...single, rich_message: richMessage },
  sendMessageDraft: {
    ...draft,
    text: text.optional(),
    parse_mode: parseMode.optional(),
    entities: entities.optional(),
  },
  sendRichMessageDraft: { ...draft, rich_message: richMessage },
  sendChatAction: {
    business_connection_id: text.optional(),
    chat_id: chatId,
    message_thread_id: integer.optional(),
    action: choice(
      "typing",
      "upload_photo",
      "record_video",
      "upload_video",
      "record_voice",
      "upload_voice",
      "upload_document",
      "choose_sticker",
      "find_location",
      "record_video_note",
      "upload_video_note",
    ),
  },
  sendPhoto: {
    ...captioned,
    photo: file,
    show_caption_above_media: flag.optional(),
    has_spoiler: flag.optional(),
  },
  sendDocument: {
    ...captioned,
    document: file,
    thumbnail: file.optional(),
    disable_content_type_detection: flag.optional(),
  },
  sendVoice: { ...captioned, voice: file, duration: integer.optional() },
  sendAudio: {
    ...captioned,
    audio: file,
    duration: integer.optional(),
    performer: text.optional(),
    title: text.optional(),
    thumbnail: file.optional(),
  },
  sendMediaGroup: { ...message, media: mediaGroup, reply_to_message_id: integer.optional() },
  editMessageText: {
    ...edited,
    text: text.optional(),
    parse_mode: parseMode.optional(),
    entities: entities.optional(),
    link_preview_options: linkPreview.optional(),
    rich_message: richMessage.optional(),
  },
  editMessageCaption: {
    ...edited,
    caption: text.optional(),
    parse_mode: parseMode.optional(),
    caption_entities: entities.optional(),
    show_caption_above_media: flag.optional(),
  },
  editMessageReplyMarkup: edited,
  deleteMessage: { chat_id: chatId, message_id: integer },
  deleteMessages: { chat_id: chatId, message_ids: list(integer, 1, 100) },
  answerCallbackQuery: {
    callback_query_id: text,
    text: text.optional(),
    show_alert: flag.optional(),
    url: text.optional(),
    cache_time: integer.optional(),
  },
  setMessageReaction: {
    chat_id: chatId,
    message_id: integer,
    reaction: list(reaction, 0, 11).optional(),
    is_big: flag.optional(),
  },
  setMyCommands: { commands: list(command, 0, 100), ...commandList },
  getMyCommands: commandList,
  deleteMyCommands: commandList,
  getFile: { file_id: text },
  getChat: { chat_id: chatId },
  getChatMember: { chat_id: chatId, user_id: integer },
  getChatAdministrators: { chat_id: chatId, return_bots: flag.optional() },
  leaveChat: { chat_id: chatId },
} satisfies Table;

type Superfluous = { [M in MethodName]: Exclude<keyof (typeof parameters)[M], keyof Opts<M>> }[MethodName];

/** Does not compile when the table holds a parameter that grammY does not know. */
export const isExact: [Superfluous] extends [never] ? true : never = true;

/** What a method is given once it is checked. */
export type Arguments<M extends MethodName> = z.infer<z.ZodObject<(typeof parameters)[M]>>;

const schemas = Object.fromEntries(
  Object.entries(parameters).map(([name, fields]) => [name, z.strictObject(fields)]),
) as unknown as Readonly<Record<MethodName, z.ZodType<Readonly<Record<string, unknown>>>>>;

export type Checked = {
  /** As they are to be used; nothing where there are problems. */
  readonly args: Readonly<Record<string, unknown>> | undefined;
  /** What the platform ignores because it does not know it, so that a slip would pass unseen. */
  readonly unknown: readonly string[];
  readonly problems: readonly string[];
};

type Key = string | number | symbol;

/** The arguments without the keys that lie there. */
const without = (value: unknown, path: readonly Key[], keys: readonly string[]): unknown => {
  const [first, ...rest] = path;
  if (Array.isArray(value)) return value.map((one, place) => (place === first ? without(one, rest, keys) : one));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([key]) => first !== undefined || !keys.includes(key));
  return Object.fromEntries(entries.map(([key, one]) => [key, key === first ? without(one, rest, keys) : one]));
};

export const check = (method: MethodName, args: Readonly<Record<string, unknown>>): Checked => {
  const parsed = schemas[method].safeParse(args);
  if (parsed.success) return { args: parsed.data, unknown: [], problems: [] };
  const { issues } = parsed.error;
  const odd = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? [issue] : []));
  const unknown = odd.flatMap(({ path, keys }) => keys.map((key) => [...path, key].join(".")));
  const problems = issues
    .filter(({ code }) => code !== "unrecognized_keys")
    .map(({ path, message: what }) => `${path.join(".")}: ${what}`);
  if (problems.length > 0) return { args: undefined, unknown, problems };
  const known = odd.reduce<unknown>((rest, { path, keys }) => without(rest, path, keys), args);
  const again = check(method, known as Readonly<Record<string, unknown>>);
  return { ...again, unknown: [...unknown, ...again.unknown] };
};
