/** The message that another one answers. */
import type { Message } from "grammy/types";
import type { Quoted } from "../../message.ts";
import { nameOfOrigin, senderOf } from "./senders.ts";
import { type Me, wordsOf } from "./speech.ts";

type Answering = Pick<Message, "reply_to_message" | "external_reply" | "quote">;

/** Everything in a topic answers the message that opened it, unless it answers another one. */
const isOpening = ({ forum_topic_created }: Pick<Message, "forum_topic_created">): boolean =>
  forum_topic_created !== undefined;

export const quotedOf = (message: Answering, me: Me): Quoted | undefined => {
  const { reply_to_message: replied, external_reply: external, quote } = message;
  if (replied && !isOpening(replied)) {
    return {
      id: String(replied.message_id),
      sender: senderOf(replied).name ?? "",
      text: quote?.text ?? wordsOf(replied),
      own: replied.sender_chat === undefined && replied.from?.id === me.id,
    };
  }
  if (!external) return undefined;
  const { origin, chat, message_id: id } = external;
  const sender = nameOfOrigin(origin);
  const place = [chat?.id, id].filter((part) => part !== undefined).join("/");
  return { id: place === "" ? "elsewhere" : place, sender, text: quote?.text ?? "", own: false };
};
