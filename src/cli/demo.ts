/** `lettabox demo`: the built-in Letta server on a port of its own, for trying clients and for tests. */
import type { Config } from "../config.ts";
import { ensureDataDir } from "../store/data-dir.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";

export const demo = async (io: Io, config: Config): Promise<ExitCode> => {
  const { serveSimulator } = await import("../simulator/serve.ts");
  const { host: hostname, port, dataDir } = config;
  ensureDataDir(dataDir);
  const server = serveSimulator({ hostname, port, dataDir });
  await io.out(`The demo agent answers at ${server.url}\nUse it with: LETTA_BASE_URL=${server.url} lettabox serve\n`);
  await new Promise<void>((resolve) => io.onSignal(resolve));
  await server.stop();
  return exitCodes.ok;
};
