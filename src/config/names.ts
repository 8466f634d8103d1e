/** Every setting by all its names, as the schema and the channels tell them. */
import type { z } from "zod";
import type { ChannelDeclaration } from "../channels/declaration.ts";
import { declarations } from "../channels/registry.ts";
import { type About, aboutOf, defaultOf, membersOf } from "./about.ts";
import { foreignNamesOf, ofAnyBot } from "./bots.ts";
import { schema } from "./schema.ts";

export type { Flags } from "./about.ts";

export type Setting = About & {
  /** Its place in the configuration and in lettabox.yaml. */
  readonly path: string;
  readonly type?: z.core.$ZodType;
};

const settingsBelow = (type: z.core.$ZodType, path: string): readonly Setting[] => {
  const members = membersOf(type);
  if (members) {
    return Object.entries(members).flatMap(([name, member]) => settingsBelow(member, path ? `${path}.${name}` : name));
  }
  const about = aboutOf(type);
  return about === undefined ? [] : [{ ...about, path, type }];
};

/** The keys of each channel as settings of the bot that has the channel's name. */
const botSettings = (channels: Readonly<Record<string, ChannelDeclaration>>): readonly Setting[] =>
  Object.entries(channels).flatMap(([channel, { keys }]) => [
    ...Object.entries(keys).map(([name, { env, aliases = [], kind, about: text }]) => ({
      path: `bots.${channel}.${name}`,
      text,
      env,
      aliases,
      ...(kind === "secret" && { secret: true as const }),
    })),
    ...Object.entries(ofAnyBot).flatMap(([name, type]) =>
      settingsBelow(type, `bots.${channel}.${name}`).map((setting) => {
        const aliases = foreignNamesOf(channel)[name];
        return aliases === undefined ? setting : { ...setting, aliases };
      }),
    ),
  ]);

/** All settings, in the order of the schema; those of bots last. */
export const settingsOf = (
  type: z.core.$ZodType,
  channels: Readonly<Record<string, ChannelDeclaration>>,
): readonly Setting[] => [...settingsBelow(type, "").filter(({ path }) => path !== "bots"), ...botSettings(channels)];

/** The settings of this build. */
export const settings = settingsOf(schema, declarations);

/** What is in force where a setting is not set. */
export const defaultAt = ({ type }: Setting): unknown => (type === undefined ? undefined : defaultOf(type));

/** What stands at a setting's path, in raw settings as in checked ones. */
export const valueAt = (tree: unknown, path: string): unknown => {
  let value = tree;
  for (const key of path.split(".")) value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return value;
};

/** All names of a setting in the environment, its own first. */
export const envNamesOf = ({ env, aliases = [], secret }: Setting): readonly string[] =>
  [...(env === undefined ? [] : [env]), ...aliases].flatMap((name) => (secret ? [name, `${name}_FILE`] : [name]));
