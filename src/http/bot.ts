/** Bots as callers name them, and what is said through one of them. */
import { Fault } from "../errors.ts";
import { worthMs } from "../outbox/states.ts";
import { chatById } from "../store/accounts.ts";
import type { NewPart } from "../store/outbox.ts";
import type { HttpDeps } from "./context.ts";

type Bot = ReturnType<HttpDeps["bots"]["bySlug"]>;

/** The bot of this slug, or the only one of this channel. */
export const findBot = (deps: Pick<HttpDeps, "bots">, name: string): Bot | undefined => {
  const bots = [...deps.bots.known.values()];
  const bySlug = bots.findLast(({ slug }) => slug === name);
  const ofChannel = bots.filter(({ channelName }) => channelName === name);
  return bySlug ?? (ofChannel.length === 1 ? ofChannel[0] : undefined);
};

/** The same; throws `bad_request` when there is none, in LettaBot's words. */
export const botNamed = (deps: Pick<HttpDeps, "bots">, name: string): Bot => {
  const bot = findBot(deps, name);
  if (bot) return bot;
  throw new Fault("bad_request", { message: `Invalid channel: ${name}`, field: "channel" });
};

export const slugOf = (deps: Pick<HttpDeps, "bots">, id: number): string | undefined => deps.bots.known.get(id)?.slug;

/** What lettabox says in a chat of the bot by itself, as rows. */
export const partsIn = (deps: HttpDeps, bot: Bot, chatId: number, text: string, name: string): readonly NewPart[] => {
  const chat = chatById(deps.store.db, chatId);
  if (!chat) return [];
  return bot.channel.render({ text }).map((part, index) => ({
    owner: chat.owner,
    botId: bot.id,
    chatId,
    turnId: null,
    kind: "message",
    address: JSON.stringify({ chat: chat.key.slice(bot.slug.length + 1) }),
    part: JSON.stringify(part),
    sendKey: `${name}/${index}`,
    deadlineAt: deps.now() + worthMs.message,
    replaces: null,
  }));
};
