import { Fault } from "../errors.ts";
import { createSimulator, type SimulatorOptions } from "./simulator.ts";

/** The simulator on a port of its own. */

export type ServeOptions = SimulatorOptions & { readonly port: number; readonly hostname: string };

export type Served = {
  /** Base URL, with the port that was given out when 0 was asked for. */
  readonly url: string;
  /** Closes the port and every connection, then the simulator. */
  readonly stop: () => Promise<void>;
};

/** Throws `listen_failed` when the address cannot be had. */
export const serveSimulator = ({ port, hostname, ...options }: ServeOptions): Served => {
  const simulator = createSimulator(options);
  try {
    // Streams may be silent for longer than any idle timeout.
    const server = Bun.serve({ port, hostname, idleTimeout: 0, fetch: simulator.fetch });
    return {
      url: server.url.origin,
      stop: async () => {
        await server.stop(true);
        simulator.close();
      },
    };
  } catch (cause) {
    simulator.close();
    throw new Fault("listen_failed", { message: `Cannot listen on ${hostname}:${port}.`, cause });
  }
};
