/**
 * What running turns are saying right now. Whole events are in the database; here is only the message in the making and
 * who waits for more. Readers hold a place in the text, not a queue, so a slow or dead one costs nothing.
 */

import type { LiveEvent } from "./live-event.ts";
import { createGrowingText, type GrowingText } from "./growing-text.ts";

/** A message in the making. It becomes the event `seq` once it is whole and committed. */
export type Partial = {
  readonly seq: number;
  readonly kind: "assistant" | "reasoning";
  readonly uuid: string;
  readonly text: GrowingText;
};

/** A whole event, as it was committed. */
export type Stored = { readonly seq: number; readonly uuid: string; readonly event: LiveEvent };

export type Topic = {
  partial: Partial | undefined;
  /**
   * Whether this process saw the turn from its first word, and lost none. If not, a reader's place inside a message was
   * given by another process, or in a message that was lost, and the text may have been said anew since.
   */
  fromStart: boolean;
  /** Counts what was committed: readers ask the database again only when this has moved, not for every word. */
  commits: number;
  /** The long event that a reader read last: many readers of it share one copy. */
  long: Stored | undefined;
  readonly wake: Set<() => void>;
  users: number;
};

export type Live = {
  /** The topic of a turn, shared by its engine and its readers; `release` when done. */
  use(turn: number): { readonly topic: Topic; release(): void };
  /** Adds to the message in the making; another `uuid` begins the next one. */
  say(turn: number, more: Omit<Partial, "text"> & { readonly text: string }): void;
  /** The message in the making will be said again from its first word; readers go on at their places in it. */
  sayAnew(turn: number): void;
  /** The message in the making was lost with its run, and another takes its place: readers' places in it count no more. */
  lose(turn: number): void;
  /** Something was committed: readers look again. */
  stir(turn: number): void;
  /** Resolves when nobody uses any turn: what runs has stopped, and all readers have left. */
  quiet(): Promise<void>;
};

const newTopic = (): Topic => ({
  partial: undefined,
  fromStart: false,
  commits: 0,
  long: undefined,
  wake: new Set(),
  users: 0,
});

export const createLive = (): Live => {
  const topics = new Map<number, Topic>();
  let hushed = Promise.withResolvers<void>();

  const wakeAll = (topic: Topic): void => {
    for (const wake of topic.wake) wake();
  };

  return {
    use: (turn) => {
      const topic = topics.get(turn) ?? newTopic();
      topics.set(turn, topic);
      topic.users += 1;
      let released = false;
      const release = (): void => {
        if (released) return;
        released = true;
        topic.users -= 1;
        if (topic.users > 0) return;
        topics.delete(turn);
        if (topics.size > 0) return;
        hushed.resolve();
        hushed = Promise.withResolvers();
      };
      return { topic, release };
    },
    say: (turn, { seq, kind, uuid, text }) => {
      const topic = topics.get(turn);
      if (!topic) return;
      if (topic.partial?.uuid !== uuid) topic.partial = { seq, kind, uuid, text: createGrowingText() };
      topic.partial.text.append(text);
      wakeAll(topic);
    },
    sayAnew: (turn) => {
      const topic = topics.get(turn);
      if (topic) topic.partial = undefined;
    },
    lose: (turn) => {
      const topic = topics.get(turn);
      if (!topic) return;
      topic.partial = undefined;
      topic.fromStart = false;
    },
    stir: (turn) => {
      const topic = topics.get(turn);
      if (!topic) return;
      topic.commits += 1;
      wakeAll(topic);
    },
    quiet: () => (topics.size === 0 ? Promise.resolve() : hushed.promise),
  };
};
