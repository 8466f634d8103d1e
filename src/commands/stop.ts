/** `/stop`: what the chat's agent works on, and what waits for it, comes to an end. It acts when it is accepted. */
import type { Command } from "./command.ts";

const count = (number: number, one: string, many: string): readonly string[] =>
  number === 0 ? [] : [number === 1 ? one : `${number} ${many}`];

export const stop: Command = {
  name: "stop",
  aliases: ["cancel"],
  summary: "Stop the answer under way and drop what waits behind it",
  usage: "/stop",
  // Whatever else somebody writes who wants it to stop.
  takesWords: true,
  who: "anyone",
  when: "at-once",
  needs: "nothing",
  change: () => ({ kind: "stop" }),
  answer: ({ changed }) => {
    if (changed?.kind !== "stopped") return { text: "There is nothing to stop." };
    const stopped = [
      ...count(changed.running, "the answer under way", "answers under way"),
      ...count(changed.messages, "1 message that waited", "messages that waited"),
      ...count(changed.commands, "1 command that waited", "commands that waited"),
    ];
    return { text: stopped.length === 0 ? "There is nothing to stop." : `Stopped: ${stopped.join(", ")}.` };
  },
};
