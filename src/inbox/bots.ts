/** The configured bots: who each is on its platform, and that each keeps listening, whatever its platform does meanwhile. */
import type { Bot, Channel } from "../channels/channel.ts";
import { asFault, Fault } from "../errors.ts";
import type { Log } from "../log.ts";
import { pause } from "../pause.ts";
import { botBySlug } from "../store/accounts.ts";
import type { Store } from "../store/store.ts";
import type { Inbox } from "./accept.ts";

/** A bot as it is configured, before the store knows it. */
export type BotSpec = { readonly slug: string; readonly channelName: string; readonly channel: Channel };

export type Bots = {
  /** Those whose identity is known, by their row; more may join later. */
  readonly known: ReadonlyMap<number, Bot>;
  /** The bot of this slug. Throws `not_found`, or `send_unreachable` while its platform has not said who it is. */
  bySlug(slug: string): Bot;
  /** Slugs of those whose platform has never said who they are. */
  unknown(): readonly string[];
  start(inbox: Inbox): void;
  stop(): Promise<void>;
};

const checkTimeoutMs = 10_000;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

/**
 * Asks every platform who its bot is. One that does not answer is taken for who it was before; one that was never seen is
 * asked again later, and keeps nobody else from starting.
 */
export const createBots = async (deps: {
  readonly store: Store;
  readonly specs: readonly BotSpec[];
  readonly log: Log;
  readonly now: () => number;
}): Promise<Bots> => {
  const { store, specs, log, now } = deps;
  const known = new Map<number, Bot>();
  const stopping = new AbortController();
  const loops: Promise<void>[] = [];

  const register = async (spec: BotSpec): Promise<Bot> => {
    const { channelName: channel, slug } = spec;
    const { identity, startLink } = await spec.channel.check(AbortSignal.timeout(checkTimeoutMs));
    const { id, cursor } = await store.write.ensureBot({ channel, slug, identity, at: now() });
    const bot = { ...spec, id, cursor: cursor ?? undefined, startLink };
    known.set(id, bot);
    return bot;
  };

  const remember = (spec: BotSpec): void => {
    const row = botBySlug(store.db, spec.channelName, spec.slug);
    if (row) known.set(row.id, { ...spec, id: row.id, cursor: row.cursor ?? undefined });
  };

  const find = (slug: string): Bot | undefined => [...known.values()].findLast((bot) => bot.slug === slug);

  await Promise.all(
    specs.map((spec) =>
      register(spec).catch((error: unknown) => {
        log.warn("bot.unchecked", { bot: spec.slug, fault: asFault(error) });
        remember(spec);
      }),
    ),
  );

  /** Registers with the platform and listens, again and again until told to stop. */
  const keepOpen = async (spec: BotSpec, inbox: Inbox): Promise<void> => {
    const { signal: abort } = stopping;
    for (let waitMs = firstRetryMs; !abort.aborted; waitMs = Math.min(waitMs * 2, longestRetryMs)) {
      try {
        const bot = find(spec.slug) ?? (await register(spec));
        await bot.channel.install?.(abort);
        if (!bot.channel.listen) return;
        await bot.channel.listen({
          cursor: botBySlug(store.db, bot.channelName, bot.slug)?.cursor ?? undefined,
          abort,
          accept: async (events, { cursor }) => {
            await inbox.receive(bot, events, cursor);
          },
        });
      } catch (error) {
        if (abort.aborted) return;
        log.warn("bot.failed", { bot: spec.slug, delayMs: waitMs, fault: asFault(error) });
      }
      if (abort.aborted) return;
      await pause(waitMs, abort);
    }
  };

  return {
    known,
    bySlug: (slug) => {
      const bot = find(slug);
      if (bot) return bot;
      throw new Fault(specs.some((spec) => spec.slug === slug) ? "send_unreachable" : "not_found");
    },
    unknown: () => specs.flatMap(({ slug }) => (find(slug) ? [] : [slug])),
    start: (inbox) => {
      for (const spec of specs) loops.push(keepOpen(spec, inbox));
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
};
