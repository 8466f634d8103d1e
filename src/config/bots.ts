/** Bots, one for each set of keys: made of what the channels declare. */
import { z } from "zod";
import type { ChannelDeclaration, ChannelKey } from "../channels/declaration.ts";
import type { Secret } from "../crypto/secret.ts";
import { type ConversationPolicy, conversationPolicies } from "../message.ts";
import { type About, say } from "./about.ts";
import { apiRoot, group, key, oneOf, text } from "./kinds.ts";

type Declarations = Readonly<Record<string, ChannelDeclaration>>;

/** A configured instance of a channel. Its keys are what the channel's factory gets as `config`. */
export type BotSettings = {
  readonly slug: string;
  readonly channel: string;
  readonly keys: Readonly<Record<string, string | Secret>>;
  /** Otherwise that of the whole configuration counts. */
  readonly conversations?: ConversationPolicy;
};

/** What is set of a bot, by name. */
export const namedOf = ({ keys, conversations }: BotSettings): Readonly<Record<string, unknown>> => ({
  ...keys,
  ...(conversations === undefined ? {} : { conversations }),
});

/** What may be said of a bot of any channel, beside its keys. */
export const ofAnyBot: Readonly<Record<"conversations", About>> = {
  conversations: { text: "which conversation this bot's chats get, if another", example: "shared" },
};

const typeOfKey = ({ kind, shape }: ChannelKey) => {
  if (kind === "apiRoot") return apiRoot;
  const { pattern, mustBe } = shape ?? { pattern: /^/, mustBe: "must be text that is not empty" };
  const matching = text(mustBe).regex(pattern, { error: mustBe });
  return kind === "secret" ? matching.pipe(key()) : matching;
};

const botType = (name: string, { keys }: ChannelDeclaration) =>
  group({
    channel: say({ text: "the channel; needed where the bot is not called like one" }, z.literal(name)),
    conversations: say(ofAnyBot.conversations, oneOf(conversationPolicies).optional()),
    ...Object.fromEntries(
      Object.entries(keys).map(([path, one]) => [path, say({ text: one.about }, typeOfKey(one).optional())]),
    ),
  });

const slugs = z.string().regex(/^(?!api$)[a-z0-9-]{1,32}$/, {
  error: "a bot's name has 1 to 32 of the characters a-z, 0-9 and -, and is not api",
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A bot that has a channel's name need not say that it is one. */
const withChannel = (channels: Declarations) => (bots: unknown) =>
  isRecord(bots)
    ? Object.fromEntries(
        Object.entries(bots).map(([slug, bot]) => [
          slug,
          isRecord(bot) && !("channel" in bot) && slug in channels ? { channel: slug, ...bot } : bot,
        ]),
      )
    : bots;

/** What `bots` may be; undefined where there are no channels. */
export const botsType = (channels: Declarations) => {
  const [first, ...others] = Object.entries(channels).map(([name, one]) => botType(name, one));
  if (first === undefined) return undefined;
  const error = `must be a group of settings whose channel is one of ${Object.keys(channels).join(", ")}`;
  const bot = z.discriminatedUnion("channel", [first, ...others], { error });
  return say(
    "Bots on messaging channels, by names of your choice.",
    z
      .preprocess(withChannel(channels), z.record(slugs, bot, { error: "must be a group of bots" }))
      .transform((bots): readonly BotSettings[] =>
        Object.entries(bots).map(([slug, { channel, conversations, ...keys }]) => ({
          slug,
          channel,
          ...(conversations === undefined ? {} : { conversations }),
          keys: Object.fromEntries(
            Object.entries(keys).filter(([, value]) => value !== undefined),
          ) as BotSettings["keys"],
        })),
      )
      .default([]),
  );
};

/** The channel of a bot that was not checked yet. */
const channelOf = (channels: Declarations, slug: string, bot: unknown): ChannelDeclaration | undefined => {
  const name = isRecord(bot) && "channel" in bot ? bot["channel"] : slug;
  return typeof name === "string" && Object.hasOwn(channels, name) ? channels[name] : undefined;
};

export type IncompleteBot = {
  readonly slug: string;
  /** What is wrong and what to do. */
  readonly text: string;
};

/**
 * Bots with some keys but not enough of them. `isSet` answers for a path like `bots.telegram.botToken`; the keys of a bot
 * that is called like its channel go by their names in the environment.
 */
export const incompleteBots = (
  channels: Declarations,
  bots: unknown,
  isSet: (path: string) => boolean,
): readonly IncompleteBot[] =>
  Object.entries(isRecord(bots) ? bots : {}).flatMap(([slug, bot]) => {
    const declared = channelOf(channels, slug, bot);
    if (!declared) return [];
    const nameOf = (path: string): string => (slug in channels && declared.keys[path]?.env) || path;
    const options = declared.validSets.map((set) => {
      const missing = set.filter((path) => !isSet(`bots.${slug}.${path}`));
      return { missing, there: set.length - missing.length };
    });
    if (options.some(({ missing }) => missing.length === 0)) return [];
    // What was begun is meant to be ended.
    const [nearest] = options.toSorted((a, b) => b.there - a.there || a.missing.length - b.missing.length);
    const missing = (nearest?.missing ?? []).map(nameOf).join(" and ");
    const sets = declared.validSets.map((set) => set.map(nameOf).join(" with ")).join(", or ");
    return [
      { slug, text: `the bot is not complete (it needs ${sets}); set ${missing}, or remove the bot's other keys` },
    ];
  });
