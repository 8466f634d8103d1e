/** `lettabox demo`: the built-in Letta server on a port of its own, for trying clients and for tests. */
import type { Flags } from "../config/config.ts";
import { configure } from "./configure.ts";
import { exitCodes } from "./io.ts";
import { addressOptions, configOptions, type Subcommand } from "./subcommand.ts";

export const demo: Subcommand<Partial<Flags>> = {
  usage: "demo",
  about: "serve the built-in demo agent as a Letta server of its own",
  options: [...configOptions, ...addressOptions],
  examples: ["lettabox demo --port 8283 --data-dir ./demo"],
  async run({ io, given }) {
    const { host: hostname, port, dataDir } = await configure(io, given);
    const { ensureDataDir } = await import("../store/data-dir.ts");
    const { serveSimulator } = await import("../simulator/serve.ts");
    ensureDataDir(dataDir);
    const signalled = new Promise<void>((resolve) => io.onSignal(resolve));
    const server = serveSimulator({ hostname, port, dataDir });
    await io.out(`The demo agent answers at ${server.url}\nUse it with: LETTA_BASE_URL=${server.url} lettabox serve\n`);
    await signalled;
    await server.stop();
    return exitCodes.ok;
  },
};
