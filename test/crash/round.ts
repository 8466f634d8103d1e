/** Plays one round: the message, the strike, one more message behind it, and the verdict. */
import type { Place } from "../chaos/api-callers.ts";
import type { Way } from "../chaos/exchange.ts";
import { type Finding, judge } from "./judge.ts";
import { inTurn, type LonePoint, type Point } from "./point.ts";
import { newestTurn, play, readTurn, type Scene, until, writeMessage } from "./scene.ts";
import type { Stand } from "./stand.ts";

/** Longest that a round may take. */
const roundMs = 180_000;
/** Longest that a strike may lag behind the end of its exchange. */
const lagMs = 30_000;

/** One in three talks in the agent's default conversation, the others in one of their own. */
const placeOf = (round: number, chat: string): Place => (round % 3 === 1 ? {} : { chat });

/** What is said afterwards in the same chat: it is answered if the conversation is whole, and after all that came before. */
const sayMore = async (scene: Scene): Promise<void> => {
  const { chat, way } = scene.exchange;
  const after: Way = way === "webhook" ? way : "async";
  const exchange = writeMessage(chat, after, (token) => `and then ${token}`);
  await play({ ...scene, exchange });
  const { outcome } = exchange;
  if (outcome?.kind === "failed") throw new Error(`the message behind it failed: ${outcome.code} ${outcome.reason}`);
};

export const within = async <T>(ms: number, what: string, work: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} took more than ${ms / 1_000} s`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** The verdict about a scene whose sender knows how it ended. */
export const conclude = async (point: Point, scene: Scene, turnId: string | undefined): Promise<Finding> => {
  if (turnId === undefined) throw new Error("nobody knows the turn's name");
  const turn = await until("the end of the turn", async () => {
    const seen = await readTurn(scene, turnId);
    return seen.finishedAt === null ? undefined : seen;
  });
  await sayMore(scene);
  return judge(point, scene, turn);
};

export const playRound = async (point: LonePoint, round: number, stand: Stand): Promise<Finding> => {
  stand.proxy.forget();
  const chat = `c${crypto.randomUUID().slice(0, 8)}`;
  const exchange = writeMessage(chat, inTurn(round, point.ways), (token) => point.says(token, round));
  const scene: Scene = { round, stand, exchange, place: placeOf(round, chat) };
  const whole = async (): Promise<Finding> => {
    const struck = point.strike(scene);
    // Heard below; until then a rejection must not end the process.
    struck.catch(() => undefined);
    await Promise.race([play(scene), stand.gateway.died]);
    await within(lagMs, "the strike", struck);
    const turn = exchange.turnId ?? (await until("its turn", () => newestTurn(scene))).turnId;
    return conclude(point, scene, turn);
  };
  return within(roundMs, "the round", whole());
};
