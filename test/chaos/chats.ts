/** Who talks while processes are killed: chats of the API and chats of the chat platform, each in its own rhythm. */
import { exchangeByApi, type Place, poll, submit } from "./api-callers.ts";
import { persist, type Reach } from "./ask.ts";
import { catalogue } from "../../src/errors.ts";
import { type Exchange, settle, type Way } from "./exchange.ts";
import type { Random } from "./random.ts";
import { stubSecret } from "./programs.ts";
import type { World } from "./world.ts";

const longestRestMs = 150;
const mostAtOnce = 3;
const lookMs = 20;
/** Longest that a person waits before they try another chat. */
const patienceMs = 3_000;

const ways = ["json", "sse", "async"] as const;

/**
 * In which conversation a chat of the API talks: the first in the agent's default one, where the second joins it from
 * outside; everyone else in one of their own.
 */
export const placeOf = (chat: string): Place => {
  if (chat === "api0") return {};
  return { chat, ...(chat === "api1" ? { conversation: "default" } : {}) };
};

/** A chat of the API. One in three hands several messages over before it looks for answers, so that some wait in line. */
const talkByApi = async (world: World, chat: string, way: Way, place: Place): Promise<void> => {
  const random = world.random(chat);
  while (!world.closing()) {
    if (way === "async") {
      const batch: Exchange[] = [];
      for (let left = random.between(1, mostAtOnce); left > 0; left--) {
        const exchange = world.ledger.write(chat, way, random);
        await submit(world, exchange, place);
        batch.push(exchange);
      }
      await Promise.all(batch.map((exchange) => poll(world, exchange)));
    } else await exchangeByApi(world, world.ledger.write(chat, way, random), place);
    await Bun.sleep(random.between(0, longestRestMs));
  }
};

/** Delivers an event as platforms do: again and again until it is taken with a 2xx. */
export const deliver = (world: Reach, exchange: Exchange, kind: "message" | "stop" = "message"): Promise<true> =>
  persist(
    world,
    exchange,
    () => ({
      path: "/webhooks/stub",
      init: {
        method: "POST",
        headers: { "x-stub-secret": stubSecret },
        body: JSON.stringify({
          id: exchange.token.slice(2),
          chat: exchange.chat,
          from: exchange.chat,
          text: exchange.text,
          kind,
        }),
      },
    }),
    async (response) => (response.ok ? true : undefined),
  );

/** The words with which people hear that a turn is over without an answer. */
const regrets = (["turn_cut_off", "turn_lost", "turn_expired", "turn_parked", "turn_too_long"] as const).map(
  (code) => ({
    code,
    text: catalogue[code].text,
  }),
);

/** Looks in the chat for an answer, or for the words about a failure behind part number `from`. */
const look = (world: World, exchange: Exchange, from: number): void => {
  const { token, chat } = exchange;
  if (world.platform.has(token)) settle(exchange, { kind: "answered", text: token });
  for (const part of world.platform.taken().slice(from)) {
    const regret = part.chat === chat && regrets.find(({ text }) => part.text.startsWith(text));
    if (regret) settle(exchange, { kind: "failed", code: regret.code, reason: part.text });
  }
};

/** A person says something in a chat, sometimes in several messages, and waits for the answers. */
const converse = async (world: World, chat: string, random: Random): Promise<void> => {
  const from = world.platform.taken().length;
  const batch: Exchange[] = [];
  for (let left = world.oneByOne ? 1 : random.between(1, mostAtOnce); left > 0; left--) {
    const exchange = world.ledger.write(chat, "webhook", random);
    await world.platform.say(exchange);
    batch.push(exchange);
    await Bun.sleep(random.between(0, longestRestMs));
  }
  while (batch.some((exchange) => exchange.outcome === undefined)) {
    world.abort.throwIfAborted();
    await Bun.sleep(lookMs);
    for (const exchange of batch) look(world, exchange, from);
  }
};

/**
 * A person, who talks in one chat while answers come. Where a chat may hang for a minute they leave it waiting and go on in
 * another one, as somebody else, so that there is always something for a kill to hit.
 */
const talkByChat = async (world: World, name: string): Promise<void> => {
  const random = world.random(name);
  const left: Promise<void>[] = [];
  while (!world.closing()) {
    const answered = converse(world, left.length === 0 ? name : `${name}n${left.length}`, random);
    const isPatient = !world.oneByOne || (await Promise.race([answered.then(() => true), Bun.sleep(patienceMs)]));
    if (isPatient) await answered;
    else {
      // Heard at the end; until then a rejection must not end the process.
      answered.catch(() => undefined);
      left.push(answered);
    }
    await Bun.sleep(random.between(0, longestRestMs));
  }
  await Promise.all(left);
};

/** Starts every chat; resolves when all have closed and all their messages are answered, or were given up. */
export const startChats = async (
  world: World,
  count: { readonly api: number; readonly people: number },
): Promise<void> => {
  await Promise.allSettled([
    ...Array.from({ length: count.api }, (_, index) =>
      talkByApi(world, `api${index}`, ways[index % ways.length] ?? "json", placeOf(`api${index}`)),
    ),
    ...Array.from({ length: count.people }, (_, index) => talkByChat(world, `person${index}`)),
  ]);
};
