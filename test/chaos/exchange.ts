/** One message of the test and what became of it, as its sender saw it. */
import type { Random } from "./random.ts";

/** How it is sent and how its answer comes back. */
export type Way = "json" | "sse" | "async" | "webhook";

export type Outcome =
  | { readonly kind: "answered"; readonly text: string }
  | { readonly kind: "failed"; readonly code: string; readonly reason: string };

export type Exchange = {
  /** One word that stands in this message and nowhere else, and is repeated at the end of its answer. */
  readonly token: string;
  readonly text: string;
  readonly chat: string;
  readonly way: Way;
  /** Known to callers of the API once the server has named it. */
  turnId?: string;
  /** Requests that broke off or were refused for the moment. */
  cuts: number;
  /** What its sender was told that must not be. */
  readonly complaints: string[];
  outcome?: Outcome;
  /** When its sender knew. */
  endedAt?: number;
};

/** The sender knows how it ended; what comes later changes nothing. */
export const settle = (exchange: Exchange, outcome: Outcome): void => {
  if (exchange.outcome) return;
  exchange.outcome = outcome;
  exchange.endedAt = Date.now();
};

const tokenPattern = /zq\w+q/g;

export const tokensIn = (text: string): readonly string[] => text.match(tokenPattern) ?? [];

/** The place of a message among all, by its token. */
export const placeIn = (token: string): number => Number(token.split("x")[1]);

/** `place` is that of the message among all. */
type Phrase = (token: string, random: Random, place: number) => string;

/** So many numbers of lines belong to each answer. */
export const linesEach = 1_000;

const flood =
  (least: number, most: number): Phrase =>
  (token, random, place) =>
    `demo flood ${random.between(least, most)} from ${place * linesEach} ${token}`;

/** Different phrases take different ways through lettabox, and keep it busy for different times. */
const phrases: readonly [Phrase, ...Phrase[]] = [
  (token) => `please note ${token}`,
  (token) => `please keep ${token}`,
  (token, random) => `demo slow ${random.between(3, 10)} ${token}`,
  (token, random) => `demo slow ${random.between(10, 25)} ${token}`,
  (token) => `please think of ${token}`,
  (token) => `demo think ${token}`,
  (token) => `demo think ${token}`,
  (token) => `demo tool ${token}`,
  (token) => `demo tool ${token}`,
  (token) => `demo ask ${token}`,
  flood(500, 2_000),
];

export type Ledger = {
  readonly all: readonly Exchange[];
  /** The next message of a chat. */
  write(chat: string, way: Way, random: Random): Exchange;
};

/** So long that it needs several messages where 4096 characters are the most. */
const longPhrase = flood(5_000, 14_000);

/** `long`: some answers are longer than a message. */
export const createLedger = ({ long }: { readonly long: boolean }): Ledger => {
  const chosen: typeof phrases = long ? [...phrases, longPhrase, longPhrase, longPhrase] : phrases;
  const all: Exchange[] = [];
  return {
    all,
    write: (chat, way, random) => {
      const letters = random.between(36 ** 5, 36 ** 6 - 1).toString(36);
      const token = `zq${chat}x${all.length}x${letters}q`;
      const exchange: Exchange = {
        token,
        text: random.pick(chosen)(token, random, all.length),
        chat,
        way,
        cuts: 0,
        complaints: [],
      };
      all.push(exchange);
      return exchange;
    },
  };
};
