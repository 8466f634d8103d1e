/** Whole turns before the simulator; `bun run test:letta` puts the same faults before real servers. */
import { afterAll, beforeAll, describe, test } from "bun:test";
import { startSimulator } from "../contract/upstream/simulated.ts";
import { stageOn } from "../contract/upstream/stage.ts";
import type { FaultBox } from "./box.ts";
import { circumstances } from "./turn-table.ts";
import { openBox, strike } from "./turns.ts";

for (const met of circumstances) {
  describe(met.name, () => {
    let server: Awaited<ReturnType<typeof startSimulator>>;
    let box: FaultBox;
    beforeAll(async () => {
      // Without Redis nothing but lettabox keeps two posts apart.
      server = await startSimulator(met.redis ?? false);
      box = await openBox(met, stageOn(server));
    });
    afterAll(async () => {
      await box.stop();
      await server.stop();
    });

    for (const row of met.rows) test(row.name, () => strike(box, row));
  });
}
