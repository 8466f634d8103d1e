/** Between the commit of an answer and the platform's word that it has it. */
import { crash } from "../stand.ts";
import type { Behaviour } from "../../support/stub/platform.ts";
import type { LonePoint } from "../point.ts";
import { committed, until } from "../scene.ts";

const says = (token: string): string => `please keep ${token}`;
const ways = ["webhook"] as const;

export const sending: readonly LonePoint[] = [
  {
    name: "killed between commit and send: the part waits",
    says,
    ways,
    strike: async (scene) => {
      const { platform } = scene.stand;
      // The platform takes nothing now: the part goes back to its place, and nothing of it is on its way.
      platform.behave(() => ({ limitMs: 1_000 }));
      await until("a part that waits", () =>
        committed(scene, "SELECT 1 FROM outbox WHERE state = 'pending' AND attempts > 0") ? true : undefined,
      );
      await crash(scene.stand);
      platform.behave(() => "take");
    },
  },
  {
    name: "killed between commit and send: the part is on its way and does not arrive",
    says,
    ways,
    strike: async ({ stand }) => {
      const sent = Promise.withResolvers<void>();
      stand.platform.behave(async (): Promise<Behaviour> => {
        stand.platform.behave(() => "take");
        await crash(stand);
        sent.resolve();
        return "break";
      });
      await sent.promise;
    },
  },
  {
    name: "killed between commit and send: the part has arrived, its answer is not seen",
    says,
    ways,
    strike: async ({ stand }) => {
      const sent = Promise.withResolvers<void>();
      stand.platform.behave(async (): Promise<Behaviour> => {
        stand.platform.behave(() => "take");
        await stand.gateway.kill();
        sent.resolve();
        return "take";
      });
      await sent.promise;
      stand.gateway.start();
    },
  },
];
