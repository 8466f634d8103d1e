/**
 * How fast parts go out: so many at once and then one after another, for each bot and for each chat of it. A place is
 * given out in advance, so whoever waits, waits once, in the order they asked; a chat that waits for its own pace keeps
 * nobody else. What the platform says of its limits counts beside ours.
 */
import type { Limits, Pace as Rate } from "../channels/channel.ts";

export type Pace = {
  /** How long this chat's next part has to wait; 0 takes a place. Its place is kept for it. */
  reserve(chat: Placed, at: number): number;
  /** The place that was taken is not needed. */
  giveBack(chat: Placed): void;
  /** The platform limits this chat for so long; when it limits several at once, it means the bot. */
  limited(chat: Placed, ms: number, at: number): void;
};

export type Placed = {
  readonly bot: number;
  readonly chat: number;
  readonly kind: "direct" | "group";
  readonly limits: Limits["pace"];
};

/** Two chats that are limited within this time are limited for the same reason. */
const togetherMs = 2_000;
/** Chats whose pace is known; those that have rested need not be. */
const mostChats = 10_000;

/** When the places given out so far are used up. */
type Bucket = { usedUntil: number };

const earliest = ({ usedUntil }: Bucket, { burst, everyMs }: Rate): number => usedUntil - (burst - 1) * everyMs;

const use = (bucket: Bucket, { everyMs }: Rate, at: number): void => {
  bucket.usedUntil = Math.max(bucket.usedUntil, at) + everyMs;
};

type Bot = { readonly bucket: Bucket; heldUntil: number; limitedAt: number; limitedChat: number };
type Chat = { readonly bucket: Bucket; bookedAt: number | undefined };

export const createPace = (): Pace => {
  const bots = new Map<number, Bot>();
  const chats = new Map<number, Chat>();

  const botOf = ({ bot }: Placed): Bot => {
    const known = bots.get(bot) ?? {
      bucket: { usedUntil: 0 },
      heldUntil: 0,
      limitedAt: Number.NEGATIVE_INFINITY,
      limitedChat: 0,
    };
    bots.set(bot, known);
    return known;
  };

  /** A chat that has rested is as good as one that was never seen. */
  const forgetRested = (at: number): void => {
    for (const [id, { bucket, bookedAt }] of chats) {
      if (bookedAt === undefined && bucket.usedUntil <= at) chats.delete(id);
    }
  };

  const chatOf = ({ chat }: Placed, at: number): Chat => {
    const known = chats.get(chat);
    if (known) return known;
    if (chats.size >= mostChats) forgetRested(at);
    const fresh = { bucket: { usedUntil: 0 }, bookedAt: undefined };
    chats.set(chat, fresh);
    return fresh;
  };

  return {
    reserve: (placed, at) => {
      const { limits, kind } = placed;
      const bot = botOf(placed);
      const chat = chatOf(placed, at);
      if (chat.bookedAt === undefined) {
        chat.bookedAt = Math.max(at, earliest(bot.bucket, limits.bot), earliest(chat.bucket, limits[kind]));
        use(bot.bucket, limits.bot, at);
        use(chat.bucket, limits[kind], at);
      }
      const waitMs = Math.max(chat.bookedAt, bot.heldUntil) - at;
      if (waitMs > 0) return waitMs;
      chat.bookedAt = undefined;
      return 0;
    },
    giveBack: (placed) => {
      const { limits, kind, chat } = placed;
      botOf(placed).bucket.usedUntil -= limits.bot.everyMs;
      const known = chats.get(chat);
      if (known) known.bucket.usedUntil -= limits[kind].everyMs;
    },
    limited: (placed, ms, at) => {
      const bot = botOf(placed);
      if (bot.limitedChat !== placed.chat && at - bot.limitedAt <= togetherMs) {
        bot.heldUntil = Math.max(bot.heldUntil, at + ms);
      }
      bot.limitedAt = at;
      bot.limitedChat = placed.chat;
    },
  };
};
