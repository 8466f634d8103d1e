/** Where an update happened. */
import type { Chat, Message } from "grammy/types";
import { nameOf, type Place, wholeOf } from "./address.ts";
import { titleOf } from "./senders.ts";

type Located = Pick<
  Message,
  "message_thread_id" | "is_topic_message" | "direct_messages_topic" | "business_connection_id" | "guest_query_id"
> & { readonly chat: Chat };

export const placeOfMessage = (message: Located): Place => {
  const { chat, message_thread_id: thread, is_topic_message, direct_messages_topic: direct } = message;
  return {
    chat: chat.id,
    // Answers to one message are a thread too, but no place of their own.
    ...(thread !== undefined && is_topic_message ? { topic: thread } : {}),
    ...(direct === undefined ? {} : { directTopic: direct.topic_id }),
    ...(message.business_connection_id === undefined ? {} : { business: message.business_connection_id }),
    ...(message.guest_query_id === undefined ? {} : { guest: true }),
  };
};

export const nameOfMessagePlace = (message: Located): string => nameOf(placeOfMessage(message));

/** Where rules are those of a larger place. */
export const contained = (place: Place): { readonly within?: string } => {
  const whole = wholeOf(place);
  return whole === undefined ? {} : { within: nameOf(whole) };
};

export const titled = (chat: Chat): { readonly chatTitle?: string } => {
  const title = chat.type === "private" ? "" : titleOf(chat);
  return title === "" ? {} : { chatTitle: title };
};
