/** Plays all rounds of an ordeal at once: they come to their moment together, and one strike hits them all. */
import type { LettaServer } from "../support/letta/server.ts";
import { lettaHeaders } from "./history.ts";
import type { Finding } from "./judge.ts";
import type { Held } from "./letta-proxy.ts";
import { apiWays, inTurn, type Ordeal } from "./point.ts";
import { conclude, within } from "./round.ts";
import { play, type Scene, until, writeMessage } from "./scene.ts";
import type { Stand } from "./stand.ts";

export type Play = {
  readonly ordeal: Ordeal;
  readonly scenes: readonly Scene[];
  /** Resolves when all have come to their moment, where they are held. */
  readonly reached: Promise<readonly Held[]>;
  readonly played: Promise<unknown>;
};

/** Starts what is to be struck, strikes it, and answers it. */
export type Strike = (start: () => readonly Play[]) => Promise<readonly Play[]>;

const stallMs = 90_000;
/** Longest wait for all to come to their moment. */
const reachMs = 120_000;
/** Longest wait for the slowest round: the lock of a server that was killed lasts five minutes. */
const ordealMs = 600_000;

/** Starts the rounds of an ordeal, spread over these stands. */
export const begin = (ordeal: Ordeal, rounds: number, stands: readonly [Stand, ...Stand[]]): Play => {
  const scenes = Array.from({ length: rounds }, (_, index): Scene => {
    const round = index + 1;
    const chat = `c${crypto.randomUUID().slice(0, 8)}`;
    const exchange = writeMessage(chat, inTurn(round, apiWays), (token) => ordeal.says(token, round));
    // One of them has the default conversation, where turns run one after the other.
    return { round, stand: inTurn(round, stands), exchange, place: round === 1 ? {} : { chat } };
  });
  const held = Promise.all(
    scenes.map(({ stand, round, exchange }) =>
      stand.proxy.hold(
        (step) => step.body.includes(exchange.token) && ordeal.reached(round)(step),
        // A stall is silent; whoever waits for the others to come to their moment must not be given up meanwhile.
        ordeal.strikes !== "connection",
      ),
    ),
  );
  const reached = within(reachMs, "the way to the moment", held);
  const played = Promise.all(scenes.map(play));
  // Heard at the end; until then a rejection must not end the process.
  played.catch(() => undefined);
  return { ordeal, scenes, reached, played };
};

/** How each round came out, or why it did not. */
export const end = async ({ ordeal, scenes, played }: Play): Promise<readonly (Finding | Error)[]> => {
  await within(ordealMs, ordeal.name, played).catch(() => undefined);
  return Promise.all(
    scenes.map((scene) =>
      within(ordealMs, ordeal.name, conclude(ordeal, scene, scene.exchange.turnId)).catch((error: Error) => error),
    ),
  );
};

/** Holds up each stream for a while, with all pings; the rest comes late. */
export const stall: Strike = async (start) => {
  const plays = start();
  const held = (await Promise.all(plays.map(({ reached }) => reached))).flat();
  await Bun.sleep(stallMs);
  for (const { pass } of held) pass();
  return plays;
};

/** The model falls silent after this many words of each answer; null lets it go on. */
const hang = async ({ modelUrl }: LettaServer, words: number | null): Promise<void> => {
  await fetch(`${modelUrl}/mode`, { method: "POST", body: JSON.stringify({ hang: words }) });
};

/** Resolves when the model holds back the answer to each message. */
const heldByModel = async ({ modelUrl }: LettaServer, plays: readonly Play[]): Promise<void> => {
  const tokens = plays.flatMap(({ scenes }) => scenes.map(({ exchange }) => exchange.token));
  let others: readonly string[] = tokens;
  const look = async (): Promise<true | undefined> => {
    const asked = (await (await fetch(`${modelUrl}/held`)).json()) as readonly string[];
    others = tokens.filter((token) => !asked.some((text) => text.includes(token)));
    return others.length === 0 ? true : undefined;
  };
  await until("an answer to each message that the model holds back", look).catch((error: Error) => {
    throw new Error(`${error.message}; none to ${others.join(", ")}`);
  });
};

/**
 * Brings all to their moment, with runs that cannot end by themselves: what the proxy has seen of a run says only that
 * it has begun, so the model has to be at each answer too, and it holds them all until `hang` is told otherwise.
 */
const bring = async (server: LettaServer, start: () => readonly Play[]) => {
  await hang(server, 2);
  const plays = start();
  const held = (await Promise.all(plays.map(({ reached }) => reached))).flat();
  await heldByModel(server, plays);
  const gone = held.filter(({ isGone }) => isGone());
  if (gone.length > 0) throw new Error(`${gone.length} of ${held.length} posts were given up before the strike`);
  return { plays, held };
};

/** The server shows each of these runs as at work, with nothing to show for it: they were hit, and it does not know. */
const expectRunning = async (letta: string, held: readonly Held[]): Promise<void> => {
  // A server that has just come back refuses some of the first questions.
  const read = async <T>(path: string): Promise<T> => {
    let refusal = "";
    const look = async (): Promise<T | undefined> => {
      const response = await fetch(letta + path, { headers: lettaHeaders });
      if (response.ok) return (await response.json()) as T;
      refusal = `${response.status} ${await response.text()}`;
      return undefined;
    };
    return until(path, look).catch((error: Error) => {
      throw new Error(`${error.message}; the server said last: ${refusal}`);
    });
  };
  const others: string[] = [];
  for (const { step } of held) {
    const [run = ""] = /run-[\w-]+/.exec(step.event) ?? [];
    const { status, stop_reason } = await read<Readonly<Record<string, unknown>>>(`/v1/runs/${run}`);
    const { length } = await read<readonly unknown[]>(`/v1/runs/${run}/messages`);
    if (status === "running" && length === 0) continue;
    others.push(`${run} is ${status} (${stop_reason}) with ${length} messages, held at ${step.kind}`);
  }
  if (others.length === 0) return;
  throw new Error(`${others.length} of ${held.length} runs had ended before the strike:\n${others.join("\n")}`);
};

/** Kills Redis under them, and starts it again. */
export const killRedis =
  (server: LettaServer): Strike =>
  async (start) => {
    const { plays, held } = await bring(server, start);
    for (const { pass } of held) pass();
    await server.killRedis();
    await server.startRedis();
    await expectRunning(server.url, held);
    await hang(server, null);
    return plays;
  };

/** Kills the Letta server under them, and starts it again; gateways see it down unless they are killed as well. */
export const killLetta =
  (server: LettaServer): Strike =>
  async (start) => {
    const { plays, held } = await bring(server, start);
    const gateways = plays.flatMap(({ ordeal, scenes }) => (ordeal.gatewayToo ? scenes.map(({ stand }) => stand) : []));
    const killed = new Set(gateways);
    const stands = new Set(plays.flatMap(({ scenes }) => scenes.map(({ stand }) => stand)));
    for (const { gateway } of killed) await gateway.kill();
    for (const { proxy } of stands) await proxy.down();
    await server.kill();
    await hang(server, null);
    await server.start();
    await expectRunning(server.url, held);
    for (const { proxy } of stands) await proxy.up();
    for (const { gateway } of killed) gateway.start();
    return plays;
  };
