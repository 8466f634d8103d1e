/**
 * A double of the Telegram Bot API: a real HTTP server that bots talk to, strict about what they send, with people in
 * it who write, press and leave, faults on request, and a judge who saw everything.
 */
import { createActing } from "./acting.ts";
import { serveBots } from "./api.ts";
import { type Clock, realClock } from "./clock.ts";
import { type Fault, createFaults } from "./faults.ts";
import { createFiles } from "./files.ts";
import { createFinders } from "./finding.ts";
import { createJournal } from "./journal.ts";
import { createJudging } from "./judging.ts";
import { createPeople } from "./people.ts";
import { createSaying } from "./saying.ts";
import { createUpdates } from "./updates.ts";
import { createPusher, type Pusher, type Route } from "./webhook.ts";
import type { World } from "./world.ts";

export type NewBot = {
  readonly token?: string;
  readonly name?: string;
  readonly username?: string;
  /** Privacy mode is off: it sees everything that is said in its groups. */
  readonly readsAll?: boolean;
  /** Its private chats have topics. */
  readonly hasTopics?: boolean;
};

export type TelegramOptions = {
  readonly port?: number;
  readonly clock?: Clock;
  /** How much faster than documented a failed webhook is tried again; 1 unless set. */
  readonly hurry?: number;
  /** For faults by chance and the pauses between tries. */
  readonly random?: () => number;
  readonly bot?: NewBot;
};

const botOf = (id: number, { name = "Box", username = "box_bot", readsAll = false, hasTopics = false }: NewBot) => ({
  id,
  is_bot: true as const,
  first_name: name,
  username,
  can_join_groups: true,
  can_read_all_group_messages: readsAll,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
  has_topics_enabled: hasTopics,
  allows_users_to_create_topics: false,
  can_manage_bots: false,
  supports_join_request_queries: false,
});

/** What the double does for a test in the same process. `remote.ts` offers the same to others. */
export const createTelegram = ({
  clock = realClock,
  hurry = 1,
  random = Math.random,
  bot: first = {},
}: TelegramOptions) => {
  const listeners = new Set<() => void>();
  const journal = createJournal(clock);
  const faults = createFaults(clock, random);
  const world: World = {
    clock,
    files: createFiles(),
    bots: [],
    people: new Map(),
    rooms: [],
    presses: new Map(),
    taken: [],
    fetched: [],
    complain: (_bot, method, what) => journal.complain(method, what),
    listen: (call) => {
      listeners.add(call);
      return () => listeners.delete(call);
    },
    changed: () => {
      for (const call of Array.from(listeners)) call();
    },
  };
  const route: Route = new Map();
  const find = createFinders(world);
  const complainOfWebhook = (what: string): void => journal.complain("webhook", what);

  const addBot = (bot: NewBot): { readonly id: number; readonly token: string; readonly username: string } => {
    const place = world.bots.length + 1;
    const token = bot.token ?? `${110_000_000 + place}:AAdouble-of-a-token_${place}`;
    const user = botOf(Number(token.split(":")[0]), { username: place === 1 ? "box_bot" : `box_${place}_bot`, ...bot });
    let pusher: Pusher | undefined;
    const updates = createUpdates(
      clock,
      () => {
        pusher?.pump();
        world.changed();
      },
      300_000 * place,
    );
    pusher = createPusher({ clock, updates, hurry, random, route, complain: complainOfWebhook });
    world.bots.push({ token, user, updates, pusher, commands: new Map(), poll: undefined, lastId: 0 });
    return { id: user.id, token, username: user.username };
  };

  const bot = addBot(first);
  return {
    serve: (request: Request): Promise<Response> | undefined => serveBots({ world, faults, journal }, request),
    changed: (call: () => void): (() => void) => world.listen(call),
    stop: (): void => {
      for (const { pusher, poll } of world.bots) {
        pusher.stop();
        poll?.conflict("other getUpdates");
      }
    },
    surface: {
      bot: () => bot,
      makeBot: addBot,
      /** Webhooks below a public origin are delivered to this one on loopback, under the public one's name. */
      lead: (publicOrigin: string, localOrigin: string): void => {
        route.set(publicOrigin, localOrigin);
      },
      fault: (fault: Fault): void => faults.arm(fault),
      noFaults: (): void => faults.disarm(),
      ...createPeople(world, find),
      ...createSaying(world, find),
      ...createActing(world, find),
      ...createJudging(world, journal, find),
    },
  };
};

/** Everything that users, the operator of faults and the judge can do, by name. */
export type Surface = ReturnType<typeof createTelegram>["surface"];
