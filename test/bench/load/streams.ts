/**
 * Listens to many streams at once and says how old each token was when it came: those that lettabox relays, and beside
 * them, in the same process, some that come straight from Letta. The difference is lettabox's. Each reader begins its next
 * turn as soon as one has ended, so turns begin and end all the time, as they do when many people talk.
 */
import { quantile } from "../stats.ts";
import { clock } from "./clock.ts";
import { post, type Post } from "./http.ts";

export type StreamsArgs = {
  readonly relayed: string;
  readonly direct: string;
  readonly token: string;
  /** How many of each. */
  readonly relayedStreams: number;
  readonly directStreams: number;
  /** Of one turn. */
  readonly tokens: number;
  readonly everyMs: number;
  /** Tokens of the first so many ms are not counted: everything warms up. */
  readonly warmUpMs: number;
  /** For so long tokens are counted and turns begun; then those under way come to their end. */
  readonly countMs: number;
};

export type Ages = {
  /** Of tokens, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly tokens: number;
  /** Turns that were begun, and those that brought every token once, in order, and ended well. */
  readonly turns: number;
  readonly complete: number;
};
export type StreamsResult = { readonly relayed: Ages; readonly direct: Ages; readonly seconds: number };

const args = JSON.parse(process.argv[2] ?? "") as StreamsArgs;
const { everyMs } = args;
/** Turns of the first round have random lengths and begin within this time, so that no two keep step. */
const openMs = 2_000;

const stamp = /@([\d.]+);/g;
const startedAt = clock();
const countFrom = startedAt + args.warmUpMs;
const countTo = countFrom + args.countMs;
const giveUpAt = countTo + 30_000 + 2 * args.tokens * everyMs;

type Kind = { readonly ages: number[]; turns: number; complete: number };
const relayed: Kind = { ages: [], turns: 0, complete: 0 };
const direct: Kind = { ages: [], turns: 0, complete: 0 };

/** Listens to one turn; `end` is how its stream says that it is over. */
const listen = async (kind: Kind, request: Post, tokens: number, end: string): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let rest = "";
  let seen = 0;
  let last = 0;
  let inOrder = true;
  kind.turns += 1;
  const hear = (text: string): void => {
    const now = clock();
    const all = rest + text;
    let read = 0;
    // What ends the stream repeats its whole text: only the tokens before it count.
    const endsAt = all.indexOf(end);
    for (const match of (endsAt < 0 ? all : all.slice(0, endsAt)).matchAll(stamp)) {
      const madeAt = Number(match[1]);
      inOrder &&= madeAt >= last;
      last = madeAt;
      seen += 1;
      read = match.index + match[0].length;
      if (now >= countFrom && now < countTo) kind.ages.push(now - madeAt);
    }
    rest = all.slice(Math.max(read, all.length - 400));
    if (endsAt < 0) return;
    if (seen === tokens && inOrder) kind.complete += 1;
    resolve();
  };
  const wire = await post(request, hear, () => resolve());
  const late = setTimeout(resolve, giveUpAt - clock());
  await promise;
  clearTimeout(late);
  wire.close();
};

const relay = (message: string, chat: string): Post => ({
  url: args.relayed,
  path: "/api/v1/chat",
  headers: { authorization: `Bearer ${args.token}`, accept: "text/event-stream" },
  body: { message, chat },
});

const ask = (message: string): Post => ({
  url: args.direct,
  path: "/v1/conversations/default/messages",
  headers: {},
  body: { messages: [{ role: "user", content: message }] },
});

const reader = async (kind: Kind, request: (message: string) => Post, end: string): Promise<void> => {
  await Bun.sleep(Math.random() * openMs);
  let tokens = Math.ceil(Math.random() * args.tokens);
  while (clock() < countTo) {
    await listen(kind, request(`tokens ${tokens} every ${everyMs}`), tokens, end);
    ({ tokens } = args);
  }
};

await Promise.all([
  ...Array.from({ length: args.relayedStreams }, (_, index) =>
    reader(relayed, (message) => relay(message, `stream-${index}`), '"type":"result","success":true'),
  ),
  ...Array.from({ length: args.directStreams }, () => reader(direct, ask, "data: [DONE]")),
]);

const describe = ({ ages, turns, complete }: Kind): Ages => ({
  p50: quantile(ages, 0.5),
  p99: quantile(ages, 0.99),
  tokens: ages.length,
  turns,
  complete,
});
const result: StreamsResult = {
  relayed: describe(relayed),
  direct: describe(direct),
  seconds: (clock() - startedAt) / 1_000,
};
process.stdout.write(JSON.stringify(result));
process.exit(0);
