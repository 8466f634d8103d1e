/** The channel against the double, with everything that it takes from the rest of the product in sight. */
import type { Channel, CommandInfo, Listening } from "../../src/channels/channel.ts";
import { createTelegram } from "../../src/channels/telegram/channel.ts";
import { secret } from "../../src/crypto/secret.ts";
import { createLog } from "../../src/log.ts";
import type { Inbound } from "../../src/message.ts";
import type { Telegram } from "../support/telegram/server.ts";

export const webhookSecret = "derived-secret-of-this-bot";

export type Opened = {
  readonly channel: Channel;
  /** Every line that was logged. */
  readonly lines: readonly string[];
};

/** Every line that any channel of this file's tests has logged. */
export const logged: string[] = [];

export type Options = {
  readonly token?: string;
  readonly root?: string;
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  readonly remoteImages?: "yes" | "no";
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  readonly commands?: readonly CommandInfo[];
  readonly openFile?: () => Promise<Blob>;
};

export const open = (telegram: Pick<Telegram, "url" | "bot">, options: Options = {}): Opened => {
  const lines: string[] = [];
  const { now = Date.now, commands = [] } = options;
  const channel = createTelegram({
    config: {
      botToken: secret(options.token ?? telegram.bot().token),
      apiRoot: options.root ?? telegram.url,
      ...(options.webhookSecret === undefined ? {} : { webhookSecret: secret(options.webhookSecret) }),
      ...(options.remoteImages === undefined ? {} : { remoteImages: options.remoteImages }),
    },
    fetch: options.fetch ?? fetch,
    now,
    log: createLog({
      level: "debug",
      format: "json",
      sink: (line) => void [lines, logged].map((all) => all.push(line)),
    }),
    webhookUrl: options.webhookUrl,
    secretFor: (name) => `derived-secret-of-this-bot${name === "webhook" ? "" : name}`,
    commands,
    openFile: options.openFile ?? (() => Promise.resolve(new Blob(["bytes"]))),
  });
  return { channel, lines };
};

/** What a listener got, in the order in which it was accepted, with the cursor of each time. */
export type Heard = {
  readonly events: Inbound[];
  readonly cursors: (string | undefined)[];
  readonly stop: () => Promise<void>;
};

/** Installs and listens until it is stopped. `accept` may refuse what comes, as a full disk does. */
export const listen = async (
  channel: Channel,
  options: { readonly cursor?: string; readonly accept?: (events: readonly Inbound[]) => Promise<void> } = {},
): Promise<Heard> => {
  const abort = new AbortController();
  const events: Inbound[] = [];
  const cursors: (string | undefined)[] = [];
  await channel.install?.(abort.signal);
  const listening: Listening = {
    cursor: options.cursor,
    abort: abort.signal,
    accept: async (some, { cursor }) => {
      await options.accept?.(some);
      events.push(...some);
      cursors.push(cursor);
    },
  };
  const ended = channel.listen?.(listening);
  return {
    events,
    cursors,
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
};

/** What a promise fails with; an error of its own when it does not fail. */
export const failure = (promise: Promise<unknown> | undefined): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error,
  );

export const never = (): AbortSignal => new AbortController().signal;
