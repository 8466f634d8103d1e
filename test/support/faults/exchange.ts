/** One request on its way through the proxy, and everything that may be done with it. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

export type Bytes = Uint8Array<ArrayBufferLike>;

export type Exchange = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
  /** Lets the server have the request, or the same for another path; answers its head, with the body unread. */
  forward(to?: string): Promise<Response>;
  /** Begins the answer to the client. */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** Resolves when the connection has taken the bytes; false when nobody is there to take them. */
  write(bytes: Bytes | string): Promise<boolean>;
  end(): void;
  /** Breaks the connection off, as the death of a server does. */
  tear(): void;
  /** Bytes of the answer's body that the connection has taken. */
  readonly taken: () => number;
  /** Whether the server was given the request. */
  readonly forwarded: () => boolean;
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** What belongs to one connection and not to what is said over it. */
const ofConnection = new Set(["host", "connection", "keep-alive", "transfer-encoding"]);

export const headersOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => !ofConnection.has(name)));

export const openExchange = async (
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
): Promise<Exchange> => {
  const method = request.method ?? "GET";
  const path = request.url ?? "/";
  const leaving = new AbortController();
  response.on("close", () => leaving.abort());
  const headers = new Headers(
    Object.entries(request.headers).flatMap(([name, value]) =>
      ofConnection.has(name) || value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  );
  const body = await bodyOf(request);
  let taken = 0;
  let forwarded = false;
  return {
    method,
    path,
    gone: leaving.signal,
    forward: (to = path) => {
      forwarded = true;
      // What the server says passes as it is: not decompressed, not redirected, not given up for being slow.
      const asItIs = { decompress: false, redirect: "manual", timeout: false, keepalive: false } as const;
      return fetch(target + to, {
        method,
        headers,
        signal: leaving.signal,
        ...(body.length === 0 ? {} : { body }),
        ...asItIs,
      } as RequestInit);
    },
    head: (status, more) => {
      response.writeHead(status, more);
      response.flushHeaders();
    },
    write: async (bytes) => {
      if (leaving.signal.aborted) return false;
      const isRoom = response.write(bytes);
      taken += Buffer.byteLength(bytes);
      if (!isRoom) await once(response, "drain", { signal: leaving.signal }).catch(() => undefined);
      return !leaving.signal.aborted;
    },
    end: () => void response.end(),
    tear: () => void request.socket.destroy(),
    taken: () => taken,
    forwarded: () => forwarded,
  };
};
