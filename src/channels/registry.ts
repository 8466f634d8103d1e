/**
 * Every channel, one line each: name → what it asks of the configuration, and a lazy import of its folder. The pipeline,
 * the configuration and the contract suite walk this list. The bot `api` is no channel: its callers fetch their answers.
 */
import type { Channel, ChannelDeps } from "./channel.ts";
import type { ChannelDeclaration, KeyValues } from "./declaration.ts";
import { telegram } from "./telegram/declare.ts";

type Factory = (deps: ChannelDeps<KeyValues>) => Channel;

type Entry = { readonly declares: ChannelDeclaration; readonly load: () => Promise<Factory> };

export const channels: Readonly<Record<string, Entry>> = {
  telegram: { declares: telegram, load: async () => (await import("./telegram/channel.ts")).createTelegram },
};

/** What each channel asks of the configuration, by its name. */
export const declarations: Readonly<Record<string, ChannelDeclaration>> = Object.fromEntries(
  Object.entries(channels).map(([name, { declares }]) => [name, declares]),
);
