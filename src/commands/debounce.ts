/** `/debounce`: how long the chat's messages wait for more of the same sender, so that the agent answers them together. */
import { settingsOfChat } from "../store/chat-settings.ts";
import type { Command } from "./command.ts";

const mostSeconds = 30;
const usage = "/debounce [seconds | off]";

/** Undefined when the words are neither. */
const secondsIn = (words: string): number | undefined => {
  if (/^(off|disable)$/i.test(words)) return 0;
  const [, digits] = /^(\d{1,2})\s*(?:s|sec|seconds?)?$/i.exec(words) ?? [];
  const seconds = digits === undefined ? Number.NaN : Number(digits);
  return seconds <= mostSeconds ? seconds : undefined;
};

const tell = (seconds: number): string => {
  if (seconds === 0) return "Off: every message is taken as it comes.";
  const time = seconds === 1 ? "a second" : `${seconds} seconds`;
  return `Messages wait ${time} for more of the same sender, and are answered together.`;
};

export const debounce: Command = {
  name: "debounce",
  aliases: [],
  summary: "Wait a few seconds for more messages before the agent answers",
  usage,
  takesWords: true,
  who: "chat-admin",
  when: "in-order",
  needs: "nothing",
  change: (words) => {
    const seconds = secondsIn(words);
    return seconds === undefined ? undefined : { kind: "set", changes: { debounceMs: seconds * 1_000 } };
  },
  answer: ({ words, store, chat }) => {
    if (words !== "" && secondsIn(words) === undefined) {
      return { text: `Nothing was changed: send \`${usage}\`, with at most ${mostSeconds} seconds.` };
    }
    const set = settingsOfChat(store.db, chat.id)?.debounceMs;
    if (words === "" && set == null) return { text: `Nothing was set for this chat. \`${usage}\` sets it.` };
    return { text: tell(secondsIn(words) ?? Math.round((set ?? 0) / 1_000)) };
  },
};
