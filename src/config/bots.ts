/** Bots, one for each set of keys: made of what the channels declare. */
import { z } from "zod";
import type { ChannelDeclaration, ChannelKey } from "../channels/declaration.ts";
import type { Secret } from "../crypto/secret.ts";
import { type ConversationPolicy, conversationPolicies } from "../message.ts";
import { accessModes, type BotAccess, defaultAccess, groupModes } from "../access/rules.ts";
import { say } from "./about.ts";
import { apiRoot, group, key, list, oneOf, text, wholeNumber, yesOrNo } from "./kinds.ts";

type Declarations = Readonly<Record<string, ChannelDeclaration>>;

/** A configured instance of a channel. Its keys are what the channel's factory gets as `config`. */
export type BotSettings = {
  readonly slug: string;
  readonly channel: string;
  readonly keys: Readonly<Record<string, string | Secret>>;
  /** Otherwise that of the whole configuration counts. */
  readonly conversations?: ConversationPolicy;
  readonly access: BotAccess;
};

/** What is set of a bot, by name. */
export const namedOf = ({ keys, conversations, access }: BotSettings): Readonly<Record<string, unknown>> => ({
  ...keys,
  ...(conversations === undefined ? {} : { conversations }),
  access: access.access,
  allow: access.allow,
  ...(access.access === "open" ? { shareAgent: access.shareAgent } : {}),
  ...Object.fromEntries(
    Object.entries(access.groups).flatMap(([name, value]) => (value === undefined ? [] : [[`groups.${name}`, value]])),
  ),
});

/** Long numbers lose their last digits in YAML unless they stand in quotes. */
const named = z.preprocess(
  (value) => (Number.isSafeInteger(value) ? String(value) : value),
  text("must be a list of ids and @names; write long ids in quotes").refine((one) => one !== "*", {
    error: "lets nobody in; where everybody may talk, write access: open",
  }),
);

/** What may be said of a bot of any channel, beside its keys. */
export const ofAnyBot = {
  conversations: say(
    { text: "which conversation this bot's chats get, if another", example: "shared" },
    oneOf(conversationPolicies).optional(),
  ),
  access: say(
    {
      text:
        "who may talk to it: `pairing` (the default), people whom the operator approves; `allowlist`, people who are named; " +
        "`open`, everybody",
    },
    oneOf(accessModes).default(defaultAccess.access),
  ),
  allow: say(
    {
      text: "people who may talk to it without being approved: ids as the platform has them, or names behind an `@`",
      example: ["123456789", "@ada"],
    },
    list(named, /[\s,]+/),
  ),
  shareAgent: say(
    { text: "with `access: open`, all talk to one agent, which may tell each what others told it" },
    yesOrNo.default(defaultAccess.shareAgent),
  ),
  groups: say(
    "Groups that the bot is let into.",
    group({
      mode: say(
        {
          text:
            "`open`, it answers everything; `listen`, it hears everything, answers who addresses it; `mention-only` (the " +
            "default); `disabled`. Operators may set it for a group, administrators narrow it",
        },
        oneOf(groupModes).default(defaultAccess.groups.mode),
      ),
      dailyLimit: say(
        { text: "messages for the agent in a day (UTC) and group", example: 500 },
        wholeNumber(0, 1_000_000).optional(),
      ),
      dailyPersonLimit: say(
        { text: "the same of each person in a group", example: 50 },
        wholeNumber(0, 1_000_000).optional(),
      ),
      batchMs: say(
        { text: "how long a group's messages wait for others to join them", example: 5000 },
        wholeNumber(0, 600_000).optional(),
      ),
    })
      .readonly()
      .prefault({}),
  ),
};

/** Names that LettaBot has for them, by the channel. */
export const foreignNamesOf = (channel: string): Readonly<Record<string, readonly string[]>> => ({
  access: [`${channel.toUpperCase()}_DM_POLICY`],
  allow: [`${channel.toUpperCase()}_ALLOWED_USERS`],
});

const typeOfKey = ({ kind, shape }: ChannelKey) => {
  if (kind === "apiRoot") return apiRoot;
  const { pattern, mustBe } = shape ?? { pattern: /^/, mustBe: "must be text that is not empty" };
  const matching = text(mustBe).regex(pattern, { error: mustBe });
  return kind === "secret" ? matching.pipe(key()) : matching;
};

const botType = (name: string, { keys }: ChannelDeclaration) =>
  group({
    channel: say({ text: "the channel; needed where the bot is not called like one" }, z.literal(name)),
    ...ofAnyBot,
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
        Object.entries(bots).map(([slug, { channel, conversations, access, allow, shareAgent, groups, ...keys }]) => ({
          slug,
          channel,
          ...(conversations === undefined ? {} : { conversations }),
          access: { access, allow, shareAgent, groups },
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
