/** Messages and their edits. */
import type { Message, Update } from "grammy/types";
import type { Inbound } from "../../message.ts";
import { nameOf } from "./address.ts";
import { attachmentsOf } from "./attachments.ts";
import { filesOf } from "./incoming-files.ts";
import { contained, nameOfMessagePlace, placeOfMessage, titled } from "./place.ts";
import { quotedOf } from "./quoted.ts";
import { chatKindOf, nameOfOrigin, senderOf } from "./senders.ts";
import { type Me, type Speaker, speechOf } from "./speech.ts";

type Said = Message & { readonly chat: Message["chat"] };

/** What every event of a message tells, whatever it says. */
const frame = (message: Said) => {
  const { chat, message_id: id, date, edit_date } = message;
  const place = placeOfMessage(message);
  const name = nameOf(place);
  return {
    to: id === 0 ? { chat: name } : { chat: name, reply: String(id) },
    chatKind: chatKindOf(chat),
    ...titled(chat),
    ...contained(place),
    sender: senderOf(message),
    sentAt: (edit_date ?? date) * 1_000,
  };
};

/**
 * What else than the update's number names the event: another server of the Bot API may deliver it under another number.
 * Edits of one second have the same date, so what they say tells them apart. Messages that only one person sees have no
 * number that stays theirs.
 */
const ownKeys = (message: Said, text: string): readonly string[] => {
  const { message_id: id, edit_date } = message;
  if (id === 0) return [];
  const name = `${nameOfMessagePlace(message)}/${id}`;
  return [edit_date === undefined ? `message:${name}` : `edit:${name}/${edit_date}/${Bun.hash.crc32(text)}`];
};

const moved = (from: number, to: number) => ({
  kind: "membership" as const,
  membership: { change: "moved" as const, chat: nameOf({ chat: to }) },
  to: { chat: nameOf({ chat: from }) },
  // Both groups tell it.
  ownKeys: [`moved:${from}/${to}`],
});

/** Why a message is nobody's to answer, before it is read. */
const useless = (message: Said, me: Me): string | undefined => {
  if (message.business_connection_id !== undefined) return "business-message";
  if (message.guest_query_id !== undefined) return "guest-message";
  if (message.chat.type === "channel") return "channel-post";
  if (message.is_automatic_forward) return "channel-post";
  // Bots that answer each other never end. Who speaks as a group or channel has a made-up bot for old programs.
  const isBot = message.sender_chat === undefined && message.from?.is_bot === true;
  return isBot ? (message.from?.id === me.id ? "own-message" : "message-of-a-bot") : undefined;
};

export type Parsed = Omit<Inbound, "keys"> & { readonly ownKeys: readonly string[] };

export const parseMessage = (message: NonNullable<Update["message"]>, me: Speaker): Parsed => {
  const said: Said = message;
  const nothing = { files: [], addressed: false, text: "" };
  const ignored = (what: string): Parsed => ({ ...frame(said), ...nothing, kind: "other", what, ownKeys: [] });
  const { chat, migrate_to_chat_id: movedTo, migrate_from_chat_id: movedFrom } = said;
  if (movedTo !== undefined) return { ...frame(said), ...nothing, ...moved(chat.id, movedTo) };
  if (movedFrom !== undefined) return { ...frame(said), ...nothing, ...moved(movedFrom, chat.id) };
  const reason = useless(said, me);
  if (reason !== undefined) return ignored(reason);

  const { text, addressed, forAnother } = speechOf(said, me);
  const files = filesOf(said);
  const attachments = attachmentsOf(said);
  if (text === "" && files.length === 0 && attachments.length === 0 && !addressed) return ignored("service-message");
  if (forAnother) return ignored("for-another-bot");
  const quoted = quotedOf(said, me);
  const isEdit = said.edit_date !== undefined;
  return {
    ...frame(said),
    kind: isEdit ? "edit" : "message",
    text,
    files,
    addressed: chat.type === "private" || addressed || quoted?.own === true,
    ...(isEdit ? { about: String(said.message_id) } : {}),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(quoted === undefined ? {} : { quoted }),
    ...(said.forward_origin === undefined ? {} : { forwardedFrom: nameOfOrigin(said.forward_origin) }),
    ...(said.media_group_id === undefined ? {} : { album: said.media_group_id }),
    ownKeys: ownKeys(said, text),
  };
};
