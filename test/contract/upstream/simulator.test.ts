/** The contract on the simulator alone; `bun run test:letta` proves it on real servers. */
import { afterAll, beforeAll, describe, test } from "bun:test";
import { applies } from "./case.ts";
import { startSimulator } from "./simulated.ts";
import { type Stage, stageOn } from "./stage.ts";
import { topics } from "./suite.ts";

for (const redis of [false, true]) {
  describe(redis ? "with Redis" : "without Redis", () => {
    let server: Awaited<ReturnType<typeof startSimulator>>;
    let stage: Stage;
    beforeAll(async () => {
      server = await startSimulator(redis);
      stage = stageOn(server);
    });
    afterAll(() => server.stop());

    for (const { name, cases } of topics) {
      describe(name, () => {
        for (const one of cases) if (applies(one, redis)) test(one.name, () => one.run(stage));
      });
    }
  });
}
