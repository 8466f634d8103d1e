/**
 * Every channel, one line each: name → lazy import of its folder. The pipeline, the configuration and the contract suite
 * walk this list. No platform is in the box yet; the bot `api` is not a channel, its callers fetch their answers.
 */
import type { Channel, ChannelDeps } from "./channel.ts";

type Factory = (deps: ChannelDeps<unknown>) => Channel;

export const channels: Readonly<Record<string, () => Promise<Factory>>> = {};
