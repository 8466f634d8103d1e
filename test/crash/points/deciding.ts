/** Around a tool call that somebody has to allow. */
import { apiWays, at, inTurn, killAt, type LonePoint } from "../point.ts";
import { settle } from "../../chaos/exchange.ts";
import { decide, readTurn, type Scene, stop, until, untilTurn } from "../scene.ts";
import { carefulTool, crash } from "../stand.ts";

const says = (token: string): string => `CALL:${carefulTool} {"label":"human","new_string":"${token}"}`;

/** Kills before the post that carries the decision arrives, or before its first ping. */
const decisionLost = killAt((round) => inTurn(round, [at("post", { post: 2 }), at("ping", { post: 2 })]));

const kill = (scene: Scene): Promise<void> => crash(scene.stand);

export const deciding: readonly LonePoint[] = [
  {
    name: "killed while an approval waits",
    says,
    ways: apiWays,
    strike: async (scene) => {
      await untilTurn(scene, "waiting");
      await kill(scene);
      await decide(scene, await untilTurn(scene, "waiting"), true);
    },
  },
  {
    name: "trap: an approval answered, killed before the ping",
    says,
    ways: apiWays,
    slow: true,
    strike: async (scene) => {
      const lost = decisionLost(scene);
      await decide(scene, await untilTurn(scene, "waiting"), true);
      await lost;
    },
  },
  {
    name: "trap: /stop while an approval waits",
    says,
    ways: ["webhook", ...apiWays],
    ends: "cancelled",
    slow: true,
    strike: async (scene) => {
      const { exchange } = scene;
      const denied = decisionLost(scene);
      const turn = await untilTurn(scene, "waiting");
      await stop(scene, turn);
      await denied;
      if (exchange.way !== "webhook") return;
      // In a chat nothing more is said about it.
      exchange.turnId = turn.turnId;
      await until("the end of the turn", async () => (await readTurn(scene, turn.turnId)).finishedAt ?? undefined);
      settle(exchange, { kind: "failed", code: "interrupted", reason: "" });
    },
  },
];
