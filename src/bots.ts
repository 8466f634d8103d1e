/** The configured bots, each with its channel loaded: only platforms that are used are. */
import { join } from "node:path";
import type { CommandInfo } from "./channels/channel.ts";
import { channels } from "./channels/registry.ts";
import type { Config } from "./config/config.ts";
import { Fault } from "./errors.ts";
import type { BotSpec } from "./inbox/bots.ts";
import type { Log } from "./log.ts";
import { createOpenFile } from "./files/outgoing.ts";

/** Platforms call over https only; an address of this machine alone is for their doubles. */
const webhookUrlOf = (publicUrl: string | undefined, slug: string): string | undefined =>
  publicUrl === undefined
    ? undefined
    : new URL(join("/", new URL(publicUrl).pathname, "webhooks", slug), publicUrl).href;

export const openBots = (deps: {
  readonly config: Pick<Config, "bots" | "publicUrl" | "dataDir">;
  /** A secret of the bot's own for each name. */
  readonly secretFor: (slug: string, name: string) => string;
  readonly commands: readonly CommandInfo[];
  readonly log: Log;
  readonly now: () => number;
}): Promise<readonly BotSpec[]> => {
  const { config, secretFor, commands, log, now } = deps;
  const openFile = createOpenFile(config.dataDir);
  return Promise.all(
    config.bots.map(async ({ slug, channel: channelName, keys }): Promise<BotSpec> => {
      const entry = channels[channelName];
      if (!entry) throw new Fault("config_invalid", { message: `There is no channel "${channelName}".` });
      const create = await entry.load();
      const channel = create({
        config: keys,
        fetch,
        now,
        log: log.child({ bot: slug }),
        webhookUrl: webhookUrlOf(config.publicUrl, slug),
        secretFor: (name) => secretFor(slug, name),
        commands,
        openFile,
      });
      return { slug, channelName, channel };
    }),
  );
};
