/**
 * Updates as events. Every update becomes one, whatever it is: what nobody has a use for, or what does not look as
 * documented, is of kind `other`, so that its number is kept and Telegram does not send it for ever.
 */
import type { Chat, Update, User } from "grammy/types";
import type { Inbound } from "../../message.ts";
import { nameOf } from "./address.ts";
import { parseMembership, parsePress, parseReaction, parseStop } from "./parse-events.ts";
import { type Parsed, parseMessage } from "./parse-message.ts";
import { chatKindOf, senderOfUser } from "./senders.ts";
import type { Speaker } from "./speech.ts";

/** What Telegram is asked for. The rest is not sent, but may still stand in its queue. */
export const wantedUpdates = [
  "message",
  "edited_message",
  "callback_query",
  "my_chat_member",
  "message_reaction",
  "stopped_message_generation",
] as const satisfies readonly (keyof Update)[];

export type Numbered = { readonly update_id: number };

/** An update has a number; what has none did not come from Telegram. */
export const isUpdate = (value: unknown): value is Numbered =>
  typeof value === "object" && value !== null && "update_id" in value && Number.isSafeInteger(value.update_id);

const read = (update: Update, me: Speaker, at: number): Parsed | undefined => {
  if (update.message) return parseMessage(update.message, me);
  if (update.edited_message) return parseMessage(update.edited_message, me);
  if (update.callback_query) return parsePress(update.callback_query, at);
  if (update.my_chat_member) return parseMembership(update.my_chat_member);
  if (update.message_reaction) return parseReaction(update.message_reaction);
  if (update.stopped_message_generation) return parseStop(update.stopped_message_generation, at);
  return undefined;
};

type Traces = {
  readonly chat?: Partial<Chat> | null;
  readonly from?: Partial<User> | null;
  readonly user?: Partial<User> | null;
};

/** Whatever can be told of an update that is not read. */
const unread = (update: Numbered, at: number): Parsed => {
  const [kind = "nothing", payload] = Object.entries(update).find(([name]) => name !== "update_id") ?? [];
  const { chat, from, user } = (typeof payload === "object" && payload !== null ? payload : {}) as Traces;
  const who = from ?? user;
  const id = typeof chat?.id === "number" ? chat.id : typeof who?.id === "number" ? who.id : 0;
  const sender =
    typeof who?.id === "number" ? senderOfUser({ first_name: "", is_bot: false, ...who, id: who.id }) : undefined;
  return {
    kind: "other",
    what: /^[a-z_]{1,40}$/.test(kind) ? kind.replaceAll("_", "-") : "unknown-update",
    to: { chat: nameOf({ chat: id }) },
    chatKind: typeof chat?.type === "string" ? chatKindOf(chat as Chat) : "direct",
    sender: sender ?? { id: String(id) },
    text: "",
    files: [],
    addressed: false,
    sentAt: at,
    ownKeys: [],
  };
};

/** Telegram's types are promises; what is stored has to be right. */
const isSound = ({ text, sentAt, to, sender }: Parsed): boolean =>
  typeof text === "string" && Number.isFinite(sentAt) && /^-?\d/.test(to.chat) && /^-?\d+$/.test(sender.id);

const readOrNot = (update: Numbered, me: Speaker, at: number): Parsed => {
  try {
    const event = read(update as Update, me, at);
    return event && isSound(event) ? event : unread(update, at);
  } catch {
    // It does not look as documented. What can be told of it is kept, and Telegram is told that it came.
    return unread(update, at);
  }
};

/** `at`: when it came. */
export const parse = (update: Numbered, me: Speaker, at: number): Inbound => {
  const { ownKeys, ...event } = readOrNot(update, me, at);
  return { keys: [`update:${update.update_id}`, ...ownKeys], ...event };
};
