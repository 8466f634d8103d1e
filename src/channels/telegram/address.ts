/**
 * Chats by name. A topic is a chat of its own, and so is each topic of a channel's direct messages. Chats that a bot sees
 * through a business account or as a guest may have the same numbers as its own, so their names say so.
 *
 *   42                a private chat          -100123/7       a topic of a group
 *   -100123           a group                 -100123/dm-7    a topic of direct messages
 *   42/business-x     through account x       -100123/guest   as a guest
 */
import { Fault } from "../../errors.ts";
import type { Address } from "../../message.ts";

export type Place = {
  readonly chat: number;
  /** `message_thread_id` */
  readonly topic?: number;
  /** `direct_messages_topic_id` */
  readonly directTopic?: number;
  /** `business_connection_id` */
  readonly business?: string;
  readonly guest?: true;
};

export const nameOf = ({ chat, topic, directTopic, business, guest }: Place): string =>
  [
    String(chat),
    ...(business === undefined ? [] : [`business-${business}`]),
    ...(guest ? ["guest"] : []),
    ...(topic === undefined ? [] : [String(topic)]),
    ...(directTopic === undefined ? [] : [`dm-${directTopic}`]),
  ].join("/");

/** The chat that a topic is a part of; nothing for one that is whole. */
export const wholeOf = ({ topic, directTopic, ...whole }: Place): Place | undefined =>
  topic === undefined && directTopic === undefined ? undefined : whole;

const shape = /^(-?\d{1,19})(?:\/business-([^/]+))?(\/guest)?(?:\/(\d+))?(?:\/dm-(\d+))?$/;

/** Throws `send_refused` for a name that is none of this channel's. */
export const placeOf = ({ chat: name }: Pick<Address, "chat">): Place => {
  const [, chat, business, guest, topic, directTopic] = shape.exec(name) ?? [];
  if (chat === undefined) throw new Fault("send_refused", { message: "This is no chat of Telegram." });
  return {
    chat: Number(chat),
    ...(business === undefined ? {} : { business }),
    ...(guest === undefined ? {} : { guest: true }),
    ...(topic === undefined ? {} : { topic: Number(topic) }),
    ...(directTopic === undefined ? {} : { directTopic: Number(directTopic) }),
  };
};

/** A place as the parameters of whatever is sent there. */
export const targetOf = ({ chat, topic, directTopic, business }: Place) => ({
  chat_id: chat,
  ...(topic === undefined ? {} : { message_thread_id: topic }),
  ...(directTopic === undefined ? {} : { direct_messages_topic_id: directTopic }),
  ...(business === undefined ? {} : { business_connection_id: business }),
});

/** Whether the bot talks there with one person, and as itself. */
export const isPrivate = ({ chat, business, guest }: Place): boolean =>
  chat > 0 && business === undefined && guest === undefined;

/** A message's number. Throws `send_refused` for what is none. */
export const messageOf = (id: string): number => {
  if (/^\d{1,16}$/.test(id)) return Number(id);
  throw new Fault("send_refused", { message: "This is no message of Telegram." });
};
