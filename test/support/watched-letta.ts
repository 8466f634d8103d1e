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
  /** From now on a tool takes that long: so much later comes what follows its call in a stream. */
  slowTools(ms: number): void;
  /** Messages that are posted from now on reach its agents after that. */
  holdPosts(until: Promise<void>): void;
  /** More agents, by their names. */
  add(...names: readonly string[]): Promise<void>;
  stop(): Promise<void>;
};

/** The stream with a pause behind each call of a tool. */
const pausing = (body: ReadableStream<Uint8Array>, ms: number): ReadableStream<Uint8Array> => {
  const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: async (bytes, controller) => {
        for (const frame of decoder.decode(bytes, { stream: true }).split(/(?<=\n\n)/)) {
          controller.enqueue(encoder.encode(frame));
          if (frame.includes("tool_call_message")) await Bun.sleep(ms);
        }
      },
    }),
  );
};

export const startWatchedLetta = (): WatchedLetta => {
  const simulator = createSimulator({ dataDir: null, wordMs: 15 });
  const asked: Asked[] = [];
  let toolMs = 0;
  let held: Promise<void> | undefined;
  const isPost = ({ method, path }: Asked): boolean => method === "POST" && path.includes("/messages");
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const body = await request.clone().text();
      const one = { method: request.method, path: pathname, body };
      asked.push(one);
      if (isPost(one)) await held;
      const response = await simulator.fetch(request);
      return toolMs === 0 || response.body === null ? response : new Response(pausing(response.body, toolMs), response);
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
    posts: () => asked.filter(isPost).map(({ body }) => body),
    obey: async () => {
      const agents = (await (await ask("/v1/agents/")).json()) as readonly { readonly id: string }[];
      for (const { id } of agents) await ask(`/v1/agents/${id}`, "PATCH", { model: "openai-proxy/fake-model" });
    },
    slowTools: (ms) => {
      toolMs = ms;
    },
    holdPosts: (until) => {
      held = until;
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
