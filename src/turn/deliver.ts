/** From what was said to outbox rows: rendered for the platform, in the transaction that stores it. */
import type { Bot } from "../channels/channel.ts";
import type { Address, Part } from "../message.ts";
import { type OutboxKind, worthMs } from "../outbox/states.ts";
import { chatById } from "../store/accounts.ts";
import type { Db } from "../store/db.ts";
import { eventsOfTurn, type InboxPayload } from "../store/inbox.ts";
import type { Turn } from "../store/lanes.ts";
import type { NewPart } from "../store/outbox.ts";
import { fits, numbered, offerMs, toChoices, type Words } from "./offer.ts";

const opaqueOf = (key: string): string => key.slice(key.indexOf(":") + 1);

/** Where a turn's answers go: the chat it came from, as an answer to its last message. */
export const addressOf = (db: Db, turn: Turn): Address => {
  const chat = opaqueOf(chatById(db, turn.chatId)?.key ?? "");
  const last = eventsOfTurn(db, turn.id).at(-1);
  const payload = last?.payload == null ? undefined : (JSON.parse(last.payload) as InboxPayload);
  return payload?.reply === undefined ? { chat } : { chat, reply: payload.reply };
};

/** Of several messages of one turn: what tells them apart, and what they take the place of. */
export type Placing = {
  /** Part of the send key, so a message that is stored twice is a bug the index finds. */
  readonly name: string;
  /** Part of what presses name, where a turn shows buttons more than once in a chat. */
  readonly tag?: string;
  /** A message of the platform that this one is edited into. */
  readonly replaces?: string | null;
  /** The same by the row of its part. */
  readonly replacesPart?: number;
};

export type Delivery = {
  /** Rows for one message; none for the bot `api`, whose callers fetch their answers, and none while the agent only listens. */
  toParts(words: Words, placing: Placing): readonly NewPart[];
  readonly bot: Bot | undefined;
  readonly address: Address;
};

type DeliveryDeps = { readonly db: Db; readonly bots: ReadonlyMap<number, Bot>; readonly now: () => number };

type Place = { readonly owner: string; readonly botId: number; readonly chatId: number; readonly address: Address };

/** As buttons where the platform can show them, else as a list in the text. */
const render = (bot: Bot | undefined, words: Words, publicId: string, tag: string): readonly Part[] => {
  const { choices: offers = [], ...reply } = words;
  // A bot that is gone from the configuration cannot render; its part is kept as it was said, for the sender to bury.
  if (!bot) return [{ text: reply.text }];
  if (offers.length === 0) return bot.channel.render(reply);
  const choices = toChoices(offers, publicId, tag);
  if (fits(offers, bot.channel.limits.choices)) return bot.channel.render({ ...reply, choices });
  const parts = bot.channel.render({ ...reply, text: numbered(reply.text, offers) });
  return parts.map((part, index) => (index === parts.length - 1 ? { ...part, numbered: choices } : part));
};

const deliverTo = (deps: DeliveryDeps, turn: Turn, kind: OutboxKind, place: Place): Delivery => {
  const { address, ...row } = place;
  // While the agent only listens, nothing of it is said where it listens.
  const isSilent = turn.trigger === "api" || (turn.muted && place.chatId === turn.chatId);
  // Only the first part says what it answers.
  const { reply: _reply, ...further } = address;
  const bot = deps.bots.get(place.botId);
  const toParts: Delivery["toParts"] = (words, { name, tag = "", replaces = null, replacesPart }) =>
    (isSilent ? [] : render(bot, words, turn.publicId, tag)).map((part, index) => ({
      ...row,
      turnId: turn.id,
      kind,
      address: JSON.stringify(index === 0 ? address : further),
      part: JSON.stringify(part),
      sendKey: `${turn.publicId}/${name}/${index}`,
      deadlineAt: deps.now() + worthMs[kind],
      ...(part.numbered ? { offersUntil: deps.now() + offerMs } : {}),
      ...(index === 0 && replacesPart !== undefined ? { replacesPart } : {}),
      replaces: index === 0 ? replaces : null,
    }));
  return { toParts, bot, address };
};

/** What a turn says in its own chat. */
export const createDelivery = (deps: DeliveryDeps, turn: Turn, kind: OutboxKind = "reply"): Delivery => {
  const { owner, botId, chatId } = turn;
  // Callers of the API fetch their answers: there is nobody to find.
  const address: Address = turn.trigger === "api" ? { chat: "" } : addressOf(deps.db, turn);
  return deliverTo(deps, turn, kind, { owner, botId, chatId, address });
};

/** What a turn gives notice of in any chat of its bot; undefined when there is no such chat. */
export const createNotice = (
  deps: DeliveryDeps,
  turn: Turn,
  chat: number,
  kind: OutboxKind = "notice",
): Delivery | undefined => {
  const found = chatById(deps.db, chat);
  if (found?.botId !== turn.botId) return undefined;
  const { owner, botId, id: chatId, key } = found;
  return deliverTo(deps, turn, kind, { owner, botId, chatId, address: { chat: opaqueOf(key) } });
};
