/** From what was said to outbox rows: rendered for the platform, in the transaction that stores it. */
import type { Bot } from "../channels/channel.ts";
import type { Address, Reply } from "../message.ts";
import { chatById } from "../store/accounts.ts";
import { type OutboxKind, worthMs } from "../outbox/states.ts";
import type { Db } from "../store/db.ts";
import type { Turn } from "../store/lanes.ts";
import { eventsOfTurn, type InboxPayload } from "../store/inbox.ts";
import type { NewPart } from "../store/outbox.ts";

/** Where a turn's answers go: the chat it came from, as an answer to its last message. */
export const addressOf = (db: Db, turn: Turn): Address => {
  const chat = chatById(db, turn.chatId);
  const key = chat?.key ?? "";
  const last = eventsOfTurn(db, turn.id).at(-1);
  const payload = last?.payload == null ? undefined : (JSON.parse(last.payload) as InboxPayload);
  const opaque = key.slice(key.indexOf(":") + 1);
  return payload?.reply === undefined ? { chat: opaque } : { chat: opaque, reply: payload.reply };
};

export type Delivery = {
  /** Rows for one reply; none for the bot `api`, whose callers fetch their answers, and none while the agent only listens. */
  toParts(reply: Reply, name: string, replaces: string | null): readonly NewPart[];
  /** The same for another chat of the same bot; none when there is no such chat. */
  toPartsIn(chat: number, reply: Reply, name: string): readonly NewPart[];
  readonly bot: Bot | undefined;
  readonly address: Address;
};

type Place = {
  readonly owner: string;
  readonly chatId: number;
  readonly address: Address;
  readonly kind: OutboxKind;
};

/** `name` tells the replies of a turn apart in their send keys, so a reply that is stored twice is a bug the index finds. */
export const createDelivery = (
  deps: { readonly db: Db; readonly bots: ReadonlyMap<number, Bot>; readonly now: () => number },
  turn: Turn,
  kind: OutboxKind = "reply",
): Delivery => {
  const bot = deps.bots.get(turn.botId);
  // Callers of the API fetch their answers: there is nobody to find.
  const address: Address = turn.trigger === "api" ? { chat: "" } : addressOf(deps.db, turn);
  // A bot that is gone from the configuration cannot render; its part is kept as it was said, for the sender to bury.
  const render = (reply: Reply) => (bot ? bot.channel.render(reply) : [{ text: reply.text }]);
  const rows = (to: Place, reply: Reply, name: string, replaces: string | null): readonly NewPart[] =>
    render(reply).map((part, index) => ({
      owner: to.owner,
      botId: turn.botId,
      chatId: to.chatId,
      turnId: turn.id,
      kind: to.kind,
      address: JSON.stringify(to.address),
      part: JSON.stringify(part),
      sendKey: `${turn.publicId}/${name}/${index}`,
      deadlineAt: deps.now() + worthMs[to.kind],
      replaces: index === 0 ? replaces : null,
    }));
  const here: Place = { owner: turn.owner, chatId: turn.chatId, address, kind };
  return {
    toParts: (reply, name, replaces) => (turn.trigger === "api" || turn.muted ? [] : rows(here, reply, name, replaces)),
    toPartsIn: (chatId, reply, name) => {
      const chat = chatById(deps.db, chatId);
      if (chat?.botId !== turn.botId) return [];
      const opaque = chat.key.slice(chat.key.indexOf(":") + 1);
      return rows({ owner: chat.owner, chatId, address: { chat: opaque }, kind: "message" }, reply, name, null);
    },
    bot,
    address,
  };
};
