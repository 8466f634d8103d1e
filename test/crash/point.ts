/** What a crash point is: the moment at which something dies, and what has to come of it. */
import type { Way } from "../chaos/exchange.ts";
import type { Held, Step } from "./letta-proxy.ts";
import type { Scene } from "./scene.ts";
import { crash, type Timing } from "./stand.ts";

export type Point = {
  readonly name: string;
  /** What the person says; the token stands in it, and the answer repeats it. */
  readonly says: (token: string, round: number) => string;
  /** Only for servers with Redis, or only for those without. */
  readonly redis?: boolean;
  /** How many messages the agent answers with; 1 when absent. */
  readonly messages?: number;
  /** `cancelled`: the sender stops the turn, and hears that. */
  readonly ends?: "answered" | "cancelled";
};

/** Its gateway is killed: each round has one for itself. */
export type LonePoint = Point & {
  readonly ways: readonly [Way, ...Way[]];
  /** Waits for the moment and strikes; begun before the message leaves. What was killed is up again when it resolves. */
  readonly strike: (scene: Scene) => Promise<void>;
  /** It waits out a search for a post that never arrived (15 s). */
  readonly slow?: true;
};

/** The nth step of a kind, of whatever post. */
export const on =
  (kind: string, nth = 1) =>
  (step: Step): boolean =>
    step.kind === kind && step.nth === nth;

/** A step of the first post, or of another one. */
export const at =
  (kind: string, { nth = 1, post = 1 } = {}) =>
  (step: Step): boolean =>
    on(kind, nth)(step) && step.post === post;

export const hold = ({ stand }: Scene, is: (step: Step) => boolean): Promise<Held> => stand.proxy.hold(is);

/** Kills the gateway when this step is about to pass. It never passes: its reader is gone. */
export const killAt =
  (choose: (round: number) => (step: Step) => boolean) =>
  async (scene: Scene): Promise<void> => {
    await hold(scene, choose(scene.round));
    await crash(scene.stand);
  };

/** Each round takes the next one, and each time through begins with another: so every choice meets those of other lists. */
export const inTurn = <T>(round: number, choices: readonly [T, ...T[]]): T => {
  const past = round - 1;
  return choices[(past + Math.floor(past / choices.length)) % choices.length] ?? choices[0];
};

export const apiWays = ["json", "sse", "async"] as const satisfies readonly Way[];

/** Its gateway, or what lies behind it, is struck once for all rounds, which are under way beside each other. */
export type Ordeal = Point & {
  /** What is killed and started again; `connection` stalls instead. */
  readonly strikes: "letta" | "redis" | "connection";
  /** The gateway is killed before, and started when all is up again: it never sees that the server was down. */
  readonly gatewayToo?: true;
  readonly timing?: Timing;
  /** The step that each round has come to when it is struck. */
  readonly reached: (round: number) => (step: Step) => boolean;
};
