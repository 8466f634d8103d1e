/** A Letta server for the tests of this folder: says on the wire what it is told to say. */
import type { Limits } from "./limits.ts";
import type { ChatMessage, Frame } from "./upstream.ts";
import { createV1Upstream } from "./v1.ts";

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
};

type Handler = (seen: Seen) => Response | Promise<Response>;

/** Answers by `METHOD /path` without query, and remembers what it was asked. */
export const startServer = (routes: Readonly<Record<string, Handler>>) => {
  const requests: Seen[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const url = new URL(request.url);
      const text = await request.text();
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const seen = { method: request.method, path: url.pathname + url.search, headers: request.headers, body };
      requests.push(seen);
      return (
        routes[`${request.method} ${url.pathname}`]?.(seen) ?? Response.json({ detail: "Not Found" }, { status: 404 })
      );
    },
  });
  return {
    url: server.url.origin,
    requests,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
};

/**
 * Speaks raw TCP: `script` gets each connection once its request has arrived. Bun's fetch drops what it has not handed
 * out when a connection breaks, so a test that wants both closes when it has seen the last frame.
 */
export const startRawServer = (script: (write: (text: string | Uint8Array) => void, close: () => void) => void) => {
  let connections = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        connections++;
        script(
          (text) => void socket.write(text),
          () => void socket.end(),
        );
      },
    },
  });
  return {
    url: `http://127.0.0.1:${listener.port}`,
    connections: () => connections,
    [Symbol.dispose]: () => listener.stop(true),
  };
};

export const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/** One chunk of a chunked body. */
export const chunk = (text: string | Uint8Array): Uint8Array => {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
};

/** A message with all the keys that a real one has. */
export const message = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  id: "message-1",
  date: "2026-11-22T03:28:15+00:00",
  name: null,
  otid: null,
  sender_id: null,
  step_id: null,
  is_err: null,
  seq_id: null,
  run_id: "run-a",
  ...fields,
});

export const ping = message({ id: "ping-1", message_type: "ping" });
export const assistant = (otid: string, content: unknown) =>
  message({ message_type: "assistant_message", otid, content });
export const stop = (reason: string) => ({ message_type: "stop_reason", stop_reason: reason });
export const usage = {
  message_type: "usage_statistics",
  completion_tokens: 7,
  prompt_tokens: 100,
  total_tokens: 107,
  step_count: 1,
  run_ids: null,
};

export const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
export const errorEvent = (data: unknown): string => `event: error\ndata: ${JSON.stringify(data)}\n\n`;
export const done = "data: [DONE]\n\n";

/** A stream of these pieces; strings go out as they are. */
export const stream = (...pieces: readonly unknown[]): Response =>
  new Response(pieces.map((piece) => (typeof piece === "string" ? piece : event(piece))).join(""), {
    headers: { "content-type": "text/event-stream" },
  });

export const hello = (): ChatMessage => ({
  role: "user",
  content: [{ type: "text", text: "hello" }],
  otid: crypto.randomUUID(),
});

export const never = new AbortController().signal;

export const inDefault = { agent: "agent-1", conversation: "default" };
export const inConversation = { agent: "agent-1", conversation: "conv-1" };

/** All frames of a stream and what it threw in the end. */
export const collect = async (
  frames: AsyncIterable<Frame>,
  onFrame: (frame: Frame) => void = () => undefined,
): Promise<{ frames: readonly Frame[]; error: unknown }> => {
  const collected: Frame[] = [];
  try {
    for await (const frame of frames) {
      collected.push(frame);
      onFrame(frame);
    }
  } catch (error) {
    return { frames: collected, error };
  }
  return { frames: collected, error: undefined };
};

/** Sends a message to the agent's default conversation of a server. */
export const sendTo = (
  url: string,
  options: Partial<Parameters<typeof createV1Upstream>[0]> = {},
  onFrame?: (frame: Frame) => void,
) => {
  const upstream = createV1Upstream({ baseUrl: url, ...options });
  return collect(upstream.send(inDefault, [hello()], { background: false, abort: never }), onFrame);
};

/** The port to a server in these tests. */
export const at = (url: string, limits: Partial<Limits> = {}) => createV1Upstream({ baseUrl: url, limits });

export const agentState = (id: string, name = "a") => ({ id, name, tools: [], blocks: [] });

export const json =
  (body: unknown, status = 200): Handler =>
  () =>
    Response.json(body, { status });

export const queryOf = (seen: Seen | undefined): URLSearchParams => new URL(seen?.path ?? "", "http://x").searchParams;

/** Pages by `after`, like the server does in ascending order. */
export const paged =
  (items: readonly { readonly id: string }[], pageSize: number): Handler =>
  (seen) => {
    const after = queryOf(seen).get("after");
    const from = after === null ? 0 : items.findIndex((item) => item.id === after) + 1;
    return Response.json(items.slice(from, from + pageSize));
  };

export const fail = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
};
