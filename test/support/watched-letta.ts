/** A Letta server for tests that remembers every request it was asked, whatever it was about. */
import { createSimulator } from "../../src/simulator/simulator.ts";

export type Asked = { readonly method: string; readonly path: string; readonly body: string };

export type WatchedLetta = {
  readonly url: string;
  /** Everything since its start, oldest first. */
  asked(): readonly Asked[];
  /** Messages that were posted to agents, as JSON. */
  posts(): readonly string[];
  stop(): Promise<void>;
};

export const startWatchedLetta = (): WatchedLetta => {
  const simulator = createSimulator({ dataDir: null, wordMs: 15 });
  const asked: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const body = await request.clone().text();
      asked.push({ method: request.method, path: pathname, body });
      return simulator.fetch(request);
    },
  });
  return {
    url: server.url.origin,
    asked: () => asked,
    posts: () =>
      asked.filter(({ method, path }) => method === "POST" && path.includes("/messages")).map(({ body }) => body),
    stop: async () => {
      await server.stop(true);
      simulator.close();
    },
  };
};
