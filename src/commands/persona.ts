/** `/persona`: what agents know of whoever asks. They can read it, write it themselves, and delete it. */
import { mostPersonaChars, tidyPersona } from "../store/persona-text.ts";
import type { Command, CommandReply } from "./command.ts";

const usage = "/persona [set <text> | forget]";

const off: CommandReply = { text: "Nothing is kept about people here: that is switched off." };

/** What others read as well is not shown. */
const inGroup: CommandReply = { text: "Others would read it here: send `/persona` in a direct chat with me." };

const show = (text: string): CommandReply =>
  text === ""
    ? {
        text: "Nothing is kept about you. Tell the agent what to remember, or write it yourself: `/persona set <text>`",
      }
    : {
        text:
          `This is kept about you, and told to the agent with your messages:\n\n${text}\n\n` +
          "`/persona set <text>` writes something else in its place, `/persona forget` deletes it.",
      };

const tooLong = (chars: number): CommandReply => ({
  text: `Nothing was changed: that is ${chars} characters, and at most ${mostPersonaChars} are kept.`,
});

/** What the line wants: the text that is to be kept, null to look at the present one, undefined when it is neither. */
const wishOf = (words: string): string | null | undefined => {
  if (words === "") return null;
  if (/^forget$/i.test(words)) return "";
  const text = /^set\s+([^]+)$/i.exec(words)?.[1];
  return text === undefined ? undefined : tidyPersona(text);
};

const done = (text: string): CommandReply =>
  text === ""
    ? {
        text: "Done: nothing is kept about you. What was said in conversations stands there still; `/new` begins another.",
      }
    : { text: `Done: ${text.length} characters are kept about you, and told to the agent with your next message.` };

export const persona: Command = {
  name: "persona",
  aliases: [],
  summary: "Show what agents know of you, write it yourself, or delete it",
  usage,
  takesWords: true,
  who: "anyone",
  when: "in-order",
  needs: "agent",
  answer: async ({ words, person, talk, chat, personas, store }) => {
    const wish = wishOf(words);
    if (wish === undefined) return { text: `Nothing was changed: send \`${usage}\`.` };
    if (wish === null && chat.kind === "group") return inGroup;
    const known = person === null ? undefined : await personas.know(person, talk.account);
    if (!known) return off;
    if (wish === null) return show(known.text);
    if (wish.length > mostPersonaChars) return tooLong(wish.length);
    await store.write.writePersona({ persona: known.id, text: wish });
    personas.save(known.id);
    return done(wish);
  },
};
