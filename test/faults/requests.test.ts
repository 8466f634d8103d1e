/** Single requests before the simulator; `bun run test:letta` puts the same faults before real servers. */
import { afterAll, beforeAll, test } from "bun:test";
import { startSimulator } from "../contract/upstream/simulated.ts";
import { type Stage, stageOn } from "../contract/upstream/stage.ts";
import { requests } from "./cases.ts";

let server: Awaited<ReturnType<typeof startSimulator>>;
let stage: Stage;

beforeAll(async () => {
  server = await startSimulator(true);
  stage = stageOn(server);
});

afterAll(() => server.stop());

for (const one of requests) test(one.name, () => one.run(stage));
