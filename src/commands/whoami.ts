/** `/whoami`: who somebody is here, and what they may do. */
import { code, literal } from "../render/literal.ts";
import { grantOf, handlesOf, personById } from "../store/people.ts";
import type { Command } from "./command.ts";

export const whoami: Command = {
  name: "whoami",
  aliases: [],
  summary: "Show who you are here and what you may do",
  usage: "/whoami",
  takesWords: true,
  who: "anyone",
  when: "at-once",
  needs: "nothing",
  answer: ({ person, bot, operates, store }) => {
    const known = person === null ? undefined : personById(store.db, person);
    if (!known) return { text: "I do not know who you are." };
    const handles = handlesOf(store.db, known.id).map(code).join(", ");
    const name = known.name === null ? "" : `${literal(known.name)}, `;
    const granted = grantOf(store.db, bot, known.id)?.state === "granted";
    return {
      text: [
        `You are ${name}${handles}.`,
        operates
          ? "You are an operator of this bot: you may use every command."
          : granted
            ? "The operator let you in."
            : "You may talk here by the configuration of this bot.",
        known.timezone === null
          ? "No time zone is set for you (`/timezone`)."
          : `Your time zone is ${literal(known.timezone)}.`,
        "`/persona` shows what agents know of you.",
      ].join("\n\n"),
    };
  },
};
