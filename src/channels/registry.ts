/**
 * Every channel, one line each: name → what it asks of the configuration, and a lazy import of its folder. The pipeline,
 * the configuration and the contract suite walk this list. No platform is in the box yet; the bot `api` is not a channel,
 * its callers fetch their answers.
 */
import type { Channel, ChannelDeps } from "./channel.ts";
import type { ChannelDeclaration } from "./declaration.ts";

type Factory = (deps: ChannelDeps<unknown>) => Channel;

type Entry = { readonly declares: ChannelDeclaration; readonly load: () => Promise<Factory> };

export const channels: Readonly<Record<string, Entry>> = {};

/** What each channel asks of the configuration, by its name. */
export const declarations: Readonly<Record<string, ChannelDeclaration>> = Object.fromEntries(
  Object.entries(channels).map(([name, { declares }]) => [name, declares]),
);
