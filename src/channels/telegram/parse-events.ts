/** What happens in chats beside messages: presses, reactions, the bot's own coming and going, and Stop. */
import type { ChatMember, ReactionType, Update } from "grammy/types";
import { nameOf } from "./address.ts";
import type { Parsed } from "./parse-message.ts";
import { contained, placeOfMessage, titled } from "./place.ts";
import { chatKindOf, senderOfChat, senderOfUser } from "./senders.ts";

type Payload<K extends keyof Update> = NonNullable<Update[K]>;

const silent = { text: "", files: [], ownKeys: [] } as const;

/** `at`: when it came, because Telegram tells of presses and stops without a time. */
export const parsePress = (press: Payload<"callback_query">, at: number): Parsed | undefined => {
  const { id, from, message, data } = press;
  if (!message || data === undefined) return undefined;
  const place = placeOfMessage(message);
  return {
    ...silent,
    kind: "press",
    to: { chat: nameOf(place) },
    chatKind: chatKindOf(message.chat),
    ...titled(message.chat),
    ...contained(place),
    sender: senderOfUser(from),
    about: String(message.message_id),
    choice: data,
    pressId: id,
    addressed: true,
    sentAt: at,
    ownKeys: [`press:${id}`],
  };
};

const emojiOf = (reaction: ReactionType): string => {
  if (reaction.type === "emoji") return reaction.emoji;
  return reaction.type === "paid" ? "⭐" : `custom:${reaction.custom_emoji_id}`;
};

/** Telegram does not tell in which topic: it counts as the group's. */
export const parseReaction = (reaction: Payload<"message_reaction">): Parsed => {
  const { chat, message_id, user, actor_chat, date, old_reaction, new_reaction } = reaction;
  const [before, after] = [old_reaction.map(emojiOf), new_reaction.map(emojiOf)];
  return {
    ...silent,
    kind: "reaction",
    to: { chat: nameOf({ chat: chat.id }) },
    chatKind: chatKindOf(chat),
    ...titled(chat),
    sender: user ? senderOfUser(user) : senderOfChat(actor_chat ?? chat),
    about: String(message_id),
    reaction: {
      added: after.filter((emoji) => !before.includes(emoji)),
      removed: before.filter((emoji) => !after.includes(emoji)),
    },
    addressed: chat.type === "private",
    sentAt: date * 1_000,
  };
};

const isThere = (member: ChatMember): boolean =>
  member.status === "restricted" ? member.is_member : member.status !== "left" && member.status !== "kicked";

/** In a private chat the bot goes by being blocked. Nothing when only its rights have changed, or in a channel. */
export const parseMembership = (update: Payload<"my_chat_member">): Parsed | undefined => {
  const { chat, from, date, old_chat_member: before, new_chat_member: after } = update;
  if (chat.type === "channel" || isThere(before) === isThere(after)) return undefined;
  return {
    ...silent,
    kind: "membership",
    to: { chat: nameOf({ chat: chat.id }) },
    chatKind: chatKindOf(chat),
    ...titled(chat),
    sender: senderOfUser(from),
    membership: { change: isThere(after) ? "added" : "removed" },
    addressed: false,
    sentAt: date * 1_000,
  };
};

export const parseStop = (stop: Payload<"stopped_message_generation">, at: number): Parsed => {
  const { chat, message_thread_id: topic, draft_id } = stop;
  const place = { chat: chat.id, ...(topic === undefined ? {} : { topic }) };
  return {
    ...silent,
    kind: "stop",
    to: { chat: nameOf(place) },
    chatKind: chatKindOf(chat),
    ...contained(place),
    sender: senderOfChat(chat),
    about: `draft:${draft_id}`,
    addressed: true,
    sentAt: at,
  };
};
