/** The chat platform of the test, and the stub one: slow, sometimes unwilling, and it tells who waits for an answer when one was taken. */
import { type Behaviour, type Message, startStubPlatform, type TakenPart } from "../support/stub/platform.ts";
import type { Ambiguous } from "./census.ts";
import { type Exchange, tokensIn } from "./exchange.ts";
import type { Random } from "./random.ts";

export type Platform = {
  readonly url: string;
  /** A person writes it in their chat. Resolves when the platform has it, or, where it hands it over itself, lettabox. */
  say(exchange: Exchange): Promise<unknown>;
  /** Every part that was taken, copies and all, oldest first. */
  readonly taken: () => readonly TakenPart[];
  /** The keys that the messages of a part have in `taken`. */
  readonly keysOf: (part: Ambiguous) => readonly string[];
  /** Every message as it stands in the chats now, previews that nothing replaced among them. */
  readonly messages: () => readonly Message[];
  /** Whether an answer with this token was taken. */
  has(token: string): boolean;
  stop(): Promise<void>;
};

/** A platform answers within so many milliseconds, so that kills hit parts on their way. */
const fastestMs = 20;
const slowestMs = 150;

/** `deliver` hands an event to lettabox. */
export const startPlatform = (random: Random, deliver: Platform["say"]): Platform => {
  const stub = startStubPlatform();
  const seen = new Set<string>();

  const choose = (): Behaviour => {
    if (random.chance(0.03)) return { limitMs: random.between(50, 500) };
    if (random.chance(0.02)) return "break";
    return random.chance(0.01) ? "lose" : "take";
  };

  stub.behave((part) => {
    const behaviour = choose();
    if (behaviour === "take" || behaviour === "lose") for (const token of tokensIn(part.text)) seen.add(token);
    return behaviour;
  });
  stub.linger(() => random.between(fastestMs, slowestMs));

  return {
    url: stub.url,
    say: deliver,
    taken: stub.taken,
    keysOf: ({ key }) => [key],
    messages: stub.messages,
    has: (token) => seen.has(token),
    stop: stub.stop,
  };
};
