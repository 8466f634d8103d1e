/** One round: a message on its way through a stand, and what its point may do about it. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { exchangeByApi, type Place } from "../chaos/api-callers.ts";
import { ask } from "../chaos/ask.ts";
import { deliver } from "../chaos/chats.ts";
import { type Exchange, settle, type Way } from "../chaos/exchange.ts";
import type { Stand } from "./stand.ts";

export type Scene = {
  /** From 1. */
  readonly round: number;
  readonly stand: Stand;
  readonly exchange: Exchange;
  /** Where callers of the API talk; a chat of the platform has a conversation of its own. */
  readonly place: Place;
};

/** A turn as the API shows it. */
export type Turn = {
  readonly turnId: string;
  readonly state: string;
  readonly resent: boolean;
  readonly finishedAt: string | null;
  readonly conversationId: string | null;
  readonly errorCode: string | null;
  readonly approvals: readonly { readonly toolCallId: string; readonly approve: boolean | null }[];
};

const lookMs = 20;
/** Longest wait for anything but an answer. */
const patienceMs = 60_000;

/** Looks until there is something to see; what is asked in vain while the gateway is down is asked again. */
export const until = async <T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const found = await (async () => look())().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`it did not come to pass: ${what}`);
    await Bun.sleep(lookMs);
  }
};

export const newToken = (): string => `zq${crypto.randomUUID().slice(0, 8)}q`;

export const writeMessage = (chat: string, way: Way, say: (token: string) => string): Exchange => {
  const token = newToken();
  return { token, text: say(token), chat, way, cuts: 0, complaints: [] };
};

/** The answer of a chat of the platform is there when a part that repeats the token was taken. */
const converse = async ({ stand, exchange }: Scene): Promise<void> => {
  await deliver(stand.reach, exchange);
  while (exchange.outcome === undefined) {
    stand.abort.throwIfAborted();
    await Bun.sleep(lookMs);
    const answered = stand.platform.taken().some(({ text }) => text.includes(exchange.token));
    if (answered) settle(exchange, { kind: "answered", text: exchange.token });
  }
};

/** Sends the message and asks, through every crash, until its sender knows how it ended. */
export const play = (scene: Scene): Promise<void> =>
  scene.exchange.way === "webhook" ? converse(scene) : exchangeByApi(scene.stand.reach, scene.exchange, scene.place);

const askJson = async <T>(stand: Stand, path: string, body?: unknown): Promise<T> => {
  const init =
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await ask(stand.reach, { path, init });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};

const newestTurns = async ({ stand }: Scene, limit: number): Promise<readonly Turn[]> =>
  (await askJson<{ readonly turns: readonly Turn[] }>(stand, `/api/v1/turns?limit=${limit}`)).turns;

/** The turn of a scene that has its gateway for itself: the newest one. */
export const newestTurn = async (scene: Scene): Promise<Turn | undefined> => (await newestTurns(scene, 1))[0];

export const readTurn = ({ stand }: Scene, turnId: string): Promise<Turn> => askJson(stand, `/api/v1/turns/${turnId}`);

/** Waits for a turn in this state. */
export const untilTurn = (scene: Scene, state: string): Promise<Turn> =>
  until(`a turn that is ${state}`, async () => (await newestTurns(scene, 5)).find((turn) => turn.state === state));

export const decide = async ({ stand }: Scene, { turnId }: Turn, approve: boolean): Promise<void> => {
  await askJson(stand, `/api/v1/turns/${turnId}/approval`, { approve });
};

/** Stops the turn as its sender does: by a word in the chat, or by a request. */
export const stop = async ({ stand, exchange }: Scene, { turnId }: Turn): Promise<void> => {
  if (exchange.way !== "webhook") await askJson(stand, `/api/v1/turns/${turnId}/cancel`, {});
  else
    await deliver(
      stand.reach,
      writeMessage(exchange.chat, "webhook", () => "/stop"),
      "stop",
    );
};

/** What a query of the gateway's database says, read from outside; used to know when to strike, never to judge. */
export const committed = ({ stand }: Scene, sql: string): boolean => {
  const db = new Database(join(stand.dataDir, "lettabox.sqlite"), { readonly: true });
  try {
    db.run("PRAGMA busy_timeout = 5000");
    return db.query(sql).get() !== null;
  } finally {
    db.close();
  }
};
