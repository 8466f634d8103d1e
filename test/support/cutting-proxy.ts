/** A proxy in front of a Letta server that breaks connections where the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Cut =
  /** Pass everything on. */
  | "none"
  /** Drop the request before the server sees it. */
  | "before"
  /** Let the server have the request, then cut before any answer. */
  | "after-request"
  /** Cut once this many bytes of the answer have passed. */
  | { readonly afterBytes: number };

export type CuttingProxy = {
  readonly url: string;
  /** Decides what happens to each message post; everything else passes. */
  cut(decide: (post: number) => Cut): void;
  /** How many message posts the server saw. */
  readonly posts: () => number;
  stop(): Promise<void>;
};

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Copies an answer until it ends or, after `limit` bytes, the connection is torn down. */
const copy = async (answer: Response, to: ServerResponse, limit: number): Promise<void> => {
  let left = limit;
  for await (const chunk of answer.body ?? []) {
    const bytes = chunk as Uint8Array;
    // Waits until the bytes are out, or a cut would reach the other side before them.
    await new Promise<void>((resolve) => to.write(bytes.subarray(0, left), () => resolve()));
    left -= bytes.byteLength;
    if (left <= 0) {
      to.socket?.destroy();
      return;
    }
  }
  to.end();
};

const cutNothing = (): Cut => "none";

export const startCuttingProxy = async (target: () => string): Promise<CuttingProxy> => {
  let decide: (post: number) => Cut = cutNothing;
  let attempts = 0;
  let posts = 0;
  const server = createServer(async (request, response) => {
    const isPost = request.method === "POST" && (request.url ?? "").endsWith("/messages");
    const cut = isPost ? decide((attempts += 1)) : "none";
    if (cut === "before") return void request.socket.destroy();
    const { host: _, ...headers } = request.headers;
    const body = request.method === "GET" ? {} : { body: await readAll(request) };
    const answer = await fetch(`${target()}${request.url}`, {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      ...body,
    });
    if (isPost) posts += 1;
    if (cut === "after-request") return void request.socket.destroy();
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
    response.flushHeaders();
    return copy(answer, response, typeof cut === "object" ? cut.afterBytes : Number.POSITIVE_INFINITY);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cut: (next) => {
      decide = next;
    },
    posts: () => posts,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
