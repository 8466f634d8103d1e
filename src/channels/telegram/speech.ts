/** What a message says to the bot: its text without the bot's name, and whether the bot is spoken to. */
import type { Message, MessageEntity } from "grammy/types";
import { textOfRich } from "./rich-text.ts";

/** The bot itself, as Telegram knows it. */
export type Me = { readonly id: number; readonly username: string };

/** The same with the names of its commands, as `foldName` writes them. */
export type Speaker = Me & { readonly commands: ReadonlySet<string> };

/** Telegram takes no hyphens in names of commands, and people write capitals. */
export const foldName = (name: string): string => name.toLowerCase().replaceAll("_", "-");

export type Speech = {
  readonly text: string;
  readonly addressed: boolean;
  /** A command that names another bot. */
  readonly forAnother: boolean;
};

type Saying = Pick<Message, "text" | "entities" | "caption" | "caption_entities" | "rich_message">;

/** What it says, as it stands there. */
export const wordsOf = ({ text, caption, rich_message }: Saying): string =>
  text ?? caption ?? (rich_message ? textOfRich(rich_message) : "");

const isSameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const isOurs = (entity: MessageEntity, text: string, me: Me): boolean => {
  if (entity.type === "text_mention") return entity.user.id === me.id;
  if (entity.type !== "mention") return false;
  return isSameName(text.slice(entity.offset + 1, entity.offset + entity.length), me.username);
};

/** Rich messages come without entities. */
const isNamedIn = (text: string, me: Me): boolean =>
  [...text.matchAll(/(?<![\w@])@(\w{4,32})/g)].some(([, name = ""]) => isSameName(name, me.username));

/** A slash and a word: a path is no command. */
const bare = /^\/([A-Za-z][\w-]*)(?=\s|$)/;
const command = /^\/([A-Za-z\d_]{1,64})@(\w{4,32})(?=\s|$)/;

export const speechOf = (message: Saying, me: Speaker): Speech => {
  const words = wordsOf(message);
  const entities = (message.text === undefined ? message.caption_entities : message.entities) ?? [];
  const ours = entities.filter((entity) => isOurs(entity, words, me));
  const isRich = message.text === undefined && message.caption === undefined;
  const [first] = ours;
  // "@bot, do this" is "do this", and "@bot /new" is a command.
  const behind = first?.offset === 0 ? words.slice(first.length).replace(/^[\s,:;]+/, "") : words;
  const [whole = "", name = "", bot] = command.exec(behind) ?? [];
  const isNamed = ours.length > 0 || (isRich && isNamedIn(words, me));
  if (bot === undefined) {
    // Who names nobody means whoever knows the command; there may be several bots.
    const [, own] = bare.exec(behind) ?? [];
    const isCommand = own !== undefined && me.commands.has(foldName(own));
    return { text: behind, addressed: isNamed || isCommand, forAnother: false };
  }
  if (!isSameName(bot, me.username)) return { text: behind, addressed: isNamed, forAnother: true };
  return { text: `/${name}${behind.slice(whole.length)}`, addressed: true, forAnother: false };
};
