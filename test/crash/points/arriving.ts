/** Before and after the run is known. */
import { apiWays, at, hold, killAt, type LonePoint } from "../point.ts";
import { committed, until } from "../scene.ts";
import { crash } from "../stand.ts";

const says = (token: string): string => `please note ${token}`;

export const arriving: readonly LonePoint[] = [
  {
    name: "killed before the run id: the message never arrived",
    says,
    ways: apiWays,
    slow: true,
    strike: killAt(() => at("post")),
  },
  {
    name: "killed before the run id: the message arrived, its first ping did not",
    says,
    ways: apiWays,
    strike: killAt(() => at("ping")),
  },
  {
    name: "killed after the run id",
    says,
    ways: apiWays,
    strike: async (scene) => {
      await hold(scene, at("assistant_message"));
      await until("a stored run id", () =>
        committed(scene, "SELECT 1 FROM posts WHERE state = 'sent' AND run_id IS NOT NULL") ? true : undefined,
      );
      await crash(scene.stand);
    },
  },
];
