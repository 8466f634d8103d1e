/** A Letta server for tests that remembers every request it was asked, whatever it was about. */
import { createSimulator } from "../../src/simulator/simulator.ts";

export type Asked = { readonly method: string; readonly path: string; readonly body: string };

export type WatchedLetta = {
  readonly url: string;
  /** Everything since its start, oldest first. */
  asked(): readonly Asked[];
  /** Messages that were posted to agents, as JSON. */
  posts(): readonly string[];
  /** From now on its agents call the tools that messages name. */
  obey(): Promise<void>;
  /** More agents, by their names. */
  add(...names: readonly string[]): Promise<void>;
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
  const ask = (path: string, method = "GET", body?: object): Promise<Response> =>
    Promise.resolve(
      simulator.fetch(
        new Request(`${server.url.origin}${path}`, {
          method,
          ...(body === undefined
            ? {}
            : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        }),
      ),
    );
  return {
    url: server.url.origin,
    asked: () => asked,
    posts: () =>
      asked.filter(({ method, path }) => method === "POST" && path.includes("/messages")).map(({ body }) => body),
    obey: async () => {
      const agents = (await (await ask("/v1/agents/")).json()) as readonly { readonly id: string }[];
      for (const { id } of agents) await ask(`/v1/agents/${id}`, "PATCH", { model: "openai-proxy/fake-model" });
    },
    add: async (...names) => {
      for (const name of names) await ask("/v1/agents/", "POST", { name });
    },
    stop: async () => {
      await server.stop(true);
      simulator.close();
    },
  };
};
