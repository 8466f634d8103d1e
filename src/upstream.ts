/** The Letta server of the house account: the configured one, or the demo agent inside this process. */
import type { Config } from "./config/config.ts";
import type { Limits } from "./letta/limits.ts";
import { createV1Upstream } from "./letta/v1.ts";

/** `close` ends what was opened for it. The demo is loaded only where it is used. */
export const openUpstream = async (config: Config, limits: Partial<Limits> = {}) => {
  const { letta } = config;
  if (letta.baseUrl === undefined) {
    const { createSimulator } = await import("./simulator/simulator.ts");
    const simulator = createSimulator({ dataDir: config.dataDir });
    const fetchDemo = (input: Request | string | URL, init?: RequestInit): Promise<Response> =>
      simulator.fetch(input instanceof Request ? input : new Request(String(input), init));
    const upstream = createV1Upstream({ baseUrl: "http://demo.localhost", fetch: fetchDemo as typeof fetch });
    return { upstream, name: "demo", close: simulator.close };
  }
  const upstream = createV1Upstream({
    baseUrl: letta.baseUrl,
    ...(letta.apiKey === undefined ? {} : { apiKey: letta.apiKey.reveal() }),
    ...(letta.projectId === undefined ? {} : { projectId: letta.projectId }),
    limits,
  });
  return { upstream, name: upstream.server, close: () => undefined };
};
