/**
 * The double of Telegram as the platform of the kill test: people in private chats with a bot, whose updates come by long
 * poll or by webhook, some of them more than once. It tells who waits for an answer when one was taken.
 */
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { tokensIn } from "./exchange.ts";
import type { Platform } from "./platform.ts";
import { keysFor } from "./long-answers.ts";
import type { Random } from "./random.ts";

/** How the bot hears of what people write. */
export const telegramWays = ["polling", "webhook"] as const;
export type TelegramWay = (typeof telegramWays)[number];

/** Telegram answers within so many milliseconds, so that kills hit parts on their way. */
const slow = { kind: "slow", ms: 20, toMs: 150, times: "always" } as const;
/** An update that comes again does so within this time, so that a kill is often in between. */
const longestRepeatMs = 4_000;
const repeatShare = 0.3;

const arm = (telegram: Telegram, plain: boolean): void => {
  telegram.fault({ ...slow, method: "send*" });
  telegram.fault({ ...slow, method: "edit*" });
  telegram.fault({ kind: "limit", seconds: 1, scope: "chat", chance: 0.02, times: "always" });
  if (plain) telegram.fault({ kind: "no_rich", times: "always" });
  telegram.fault({ kind: "cut", chance: 0.02, times: "always" });
  telegram.fault({ kind: "lost", chance: 0.01, times: "always" });
  telegram.fault({ kind: "cut", method: "getUpdates", chance: 0.05, times: "always" });
  telegram.fault({ kind: "lost", method: "getUpdates", chance: 0.05, times: "always" });
};

export type TelegramPlatform = Platform & {
  readonly token: string;
  /** Requests that nobody sends who knows the documentation. */
  readonly violations: () => readonly string[];
  /** How often an update was handed over once more on purpose. */
  readonly repeats: () => number;
};

export const startTelegramPlatform = (random: Random, { plain }: { readonly plain: boolean }): TelegramPlatform => {
  const telegram = startTelegram({ random: () => random.between(0, 999_999) / 1_000_000, hurry: 10 });
  arm(telegram, plain);
  const people = new Map<string, number>();
  const names = new Map<number, string>();
  const timers = new Set<Timer>();
  let repeated = 0;

  const personOf = (name: string): number => {
    const known = people.get(name);
    if (known !== undefined) return known;
    const id = telegram.addPerson({ name });
    people.set(name, id);
    names.set(id, name);
    return id;
  };

  const again = (update: number): void => {
    repeated += 1;
    telegram.again(update);
  };

  /** The update that was delivered last comes twice more: at once, and after a while. */
  const repeat = (): void => {
    repeated += 1;
    const update = telegram.again();
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        again(update);
      },
      random.between(0, longestRepeatMs),
    );
    timers.add(timer);
  };

  const parts = () => telegram.taken().filter(({ kind }) => kind !== "draft");
  const taken = () => {
    const all = parts().map(({ chat, text }) => ({ chat: names.get(chat) ?? "", text }));
    const keys = keysFor(all.map(({ text }) => text));
    return all.map((part, place) => ({ ...part, sendKey: keys[place] ?? "" }));
  };
  return {
    url: telegram.url,
    token: telegram.bot().token,
    say: (exchange) => {
      telegram.say({ from: personOf(exchange.chat), text: exchange.text });
      if (random.chance(repeatShare)) repeat();
      return Promise.resolve();
    },
    taken,
    keysOf: ({ text }) => {
      const tokens = tokensIn(text);
      return taken().flatMap(({ sendKey }) => (tokens.some((token) => sendKey.startsWith(`${token}/`)) ? sendKey : []));
    },
    messages: () =>
      [...people].flatMap(([chat, id]) =>
        telegram
          .messages(id)
          .filter(({ isBot }) => isBot)
          .map(({ id: message, text, isDraft }) => ({
            id: String(message),
            chat,
            text,
            sendKey: String(message),
            preview: isDraft,
          })),
      ),
    has: (token) => parts().some(({ text }) => tokensIn(text).includes(token)),
    violations: () => telegram.violations().map(({ method, what }) => `${method}: ${what}`),
    repeats: () => repeated,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      await telegram.stop();
    },
  };
};
