/** Who said something: a person, or a group or channel that speaks as itself. */
import type { Chat, MessageOrigin, User } from "grammy/types";
import type { ChatKind, Sender } from "../../message.ts";

const joined = (...words: readonly (string | undefined)[]): string => words.filter(Boolean).join(" ");

export const nameOfUser = ({ first_name, last_name }: User): string => joined(first_name, last_name);

export const titleOf = (chat: Chat): string =>
  "title" in chat && chat.title !== undefined ? chat.title : joined(chat.first_name, chat.last_name);

export const senderOfUser = (user: User): Sender => ({
  id: String(user.id),
  name: nameOfUser(user),
  ...(user.username === undefined ? {} : { username: user.username }),
});

/** A group that speaks is one of its administrators, unnamed; its number is its own, so it is nobody else. */
export const senderOfChat = (chat: Chat): Sender => ({
  id: String(chat.id),
  name: titleOf(chat),
  ...("username" in chat && chat.username !== undefined ? { username: chat.username } : {}),
});

/** Beside a chat that speaks, Telegram names a made-up user for old programs. */
export const senderOf = (said: { readonly from?: User; readonly sender_chat?: Chat; readonly chat: Chat }): Sender => {
  if (said.sender_chat !== undefined) return senderOfChat(said.sender_chat);
  return said.from === undefined ? senderOfChat(said.chat) : senderOfUser(said.from);
};

export const nameOfOrigin = (origin: MessageOrigin): string => {
  switch (origin.type) {
    case "user":
      return nameOfUser(origin.sender_user);
    case "hidden_user":
      return origin.sender_user_name;
    case "chat":
      return joined(titleOf(origin.sender_chat), origin.author_signature && `(${origin.author_signature})`);
    case "channel":
      return joined(titleOf(origin.chat), origin.author_signature && `(${origin.author_signature})`);
  }
};

export const chatKindOf = ({ type }: Chat): ChatKind => (type === "private" ? "direct" : "group");
