/** The simulator as a server of the suite, with the traps of a real one switched on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Served, serveSimulator } from "../../../src/simulator/serve.ts";
import { ownAddress } from "../../support/address.ts";
import type { Server } from "./stage.ts";

/** The suite waits for models; here it does not have to wait long. */
const simulatedPace = 0.1;

export const startSimulator = async (redis: boolean): Promise<Server & { readonly stop: () => Promise<void> }> => {
  const dataDir = mkdtempSync(join(tmpdir(), "lettabox-simulator-"));
  const serve = (port: number): Served =>
    serveSimulator({
      port,
      hostname: ownAddress,
      dataDir,
      redis,
      stuckLocks: true,
      wordMs: 5,
      paceFactor: simulatedPace,
    });
  let served: Served | null = serve(0);
  const { url } = served;
  const kill = async (): Promise<void> => {
    await served?.stop();
    served = null;
  };
  return {
    url,
    modelUrl: `${url}/demo/model`,
    redis,
    pace: simulatedPace,
    kill,
    start: async () => {
      served = serve(Number(new URL(url).port));
    },
    stop: async () => {
      await kill();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
