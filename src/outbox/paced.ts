/** Claims parts no faster than their platform takes them. */
import type { Bot } from "../channels/channel.ts";
import { asFault } from "../errors.ts";
import { chatById } from "../store/accounts.ts";
import { duePart, type OutboxRow } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import { createPace, type Placed } from "./pace.ts";

export type PacedParts = {
  /** The next part of a chat when it is due and its time has come; `poke` is called when it comes later. */
  claim(chat: number, abort: AbortSignal): Promise<OutboxRow | null>;
  /**
   * The write of parts of this chat was asked for and not yet begun: writes share transactions and keep their order, so
   * the first part is claimed in the one that stores it, before anybody can see it.
   */
  expect(chat: number): void;
  /** The platform limits the chat. */
  limited(chat: number, ms: number): void;
};

/** A pace is a matter of how long, not of what time it is: a clock that is set back would hold up a whole bot. */
const steadily = (): number => performance.now();

/** How long a platform may take to say who the bot is, and how long after its silence it is asked again. */
const answerMs = 5_000;
const silenceMs = 2_000;

/** Whatever it says, it is there. */
const answers = ({ channel }: Bot, abort: AbortSignal): Promise<boolean> =>
  channel.check(AbortSignal.any([abort, AbortSignal.timeout(answerMs)])).then(
    () => true,
    (error: unknown) => {
      const { code } = asFault(error);
      return code !== "send_unreachable" && code !== "send_lost";
    },
  );

export const createPacedParts = (deps: {
  readonly store: Store;
  readonly bots: ReadonlyMap<number, Bot>;
  readonly now: () => number;
  readonly poke: (chat: number) => void;
}): PacedParts => {
  const { store, bots, now, poke } = deps;
  const pace = createPace();
  const timers = new Map<number, Timer>();
  const expected = new Set<number>();
  /** Bots whose platform is being asked: one question is enough for all their chats. */
  const asking = new Map<number, Promise<boolean>>();

  const isThere = (bot: Bot, abort: AbortSignal): Promise<boolean> => {
    const asked = asking.get(bot.id) ?? answers(bot, abort).finally(() => asking.delete(bot.id));
    asking.set(bot.id, asked);
    return asked;
  };

  /** Undefined where nobody is to be spared: the bot is gone, and its parts are only buried. */
  const placeOf = (id: number): Placed | undefined => {
    const chat = chatById(store.db, id);
    const bot = chat && bots.get(chat.botId);
    if (!bot) return undefined;
    const kind = chat.kind === "group" ? "group" : "direct";
    return { bot: bot.id, chat: id, kind, limits: bot.channel.limits.pace };
  };

  const pokeLater = (chat: number, ms: number): void => {
    clearTimeout(timers.get(chat));
    const timer = setTimeout(() => {
      timers.delete(chat);
      poke(chat);
    }, ms);
    // Whoever stops meanwhile is not kept: the next start asks anew.
    timer.unref();
    timers.set(chat, timer);
  };

  return {
    claim: async (chat, abort) => {
      const at = now();
      // Looked at first: who has nothing to send takes nobody's place.
      const head = duePart(store.db, chat, at);
      if (!expected.delete(chat) && !head) return null;
      const place = placeOf(chat);
      // It is the only copy that is allowed, and a network that swallows everything would swallow it as it did the first.
      const bot = head?.copied && head.deadlineAt >= at && place ? bots.get(place.bot) : undefined;
      if (head && bot && !(await isThere(bot, abort))) {
        const dueAt = now() + silenceMs;
        await store.write.retryPart({ id: head.id, dueAt, code: "send_unreachable", ambiguous: false });
        return null;
      }
      const waitMs = place ? pace.reserve(place, steadily()) : 0;
      if (waitMs > 0) {
        pokeLater(chat, waitMs);
        return null;
      }
      const part = await store.write.claimPart({ chat, boot: store.boot, at });
      if (!part && place) pace.giveBack(place);
      return part;
    },
    expect: (chat) => {
      expected.add(chat);
      poke(chat);
    },
    limited: (chat, ms) => {
      const place = placeOf(chat);
      if (place) pace.limited(place, ms, steadily());
    },
  };
};
