/** HTTP spoken byte by byte, for what a well-behaved client would not do, or would hide. */
import { connect, type Socket } from "node:net";

export type RawConnection = {
  readonly socket: Socket;
  /** Everything that came so far. */
  readonly received: () => string;
  /** How it ended: closed by the other side, or broken with this error code; undefined while it is open. */
  readonly ended: () => string | undefined;
  send(...parts: readonly (string | Uint8Array)[]): void;
  /** Sends the parts over and over, no faster than the other side reads; stops early when the connection is over. */
  pour(parts: readonly (string | Uint8Array)[], times: number): Promise<void>;
  /** Resolves with everything received once it matches, or the connection has ended. */
  until(pattern: RegExp): Promise<string>;
  close(): void;
};

export const openRaw = async (url: string): Promise<RawConnection> => {
  const { hostname, port } = new URL(url);
  let text = "";
  let ended: string | undefined;
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  /** Resolves once the condition holds or the connection is over. */
  const wait = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds() && ended === undefined) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const socket = connect(Number(port), hostname);
  socket.on("data", (bytes) => {
    text += bytes.toString();
    changed();
  });
  socket.on("drain", changed);
  socket.on("error", (error) => {
    ended ??= "code" in error ? String(error.code) : error.message;
    changed();
  });
  socket.on("close", () => {
    ended ??= "closed";
    changed();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return {
    socket,
    received: () => text,
    ended: () => ended,
    send: (...parts) => {
      for (const part of parts) socket.write(part);
    },
    pour: async (parts, times) => {
      for (let time = 0; time < times && !socket.destroyed; time += 1) {
        for (const part of parts) socket.write(part);
        await wait(() => !socket.writableNeedDrain);
      }
    },
    until: async (pattern) => {
      await wait(() => pattern.test(text));
      return text;
    },
    close: () => socket.destroy(),
  };
};

/** The head of a request as text, without a body's length. */
export const head = (method: string, path: string, headers: Readonly<Record<string, string>> = {}): string =>
  [
    `${method} ${path} HTTP/1.1`,
    "host: localhost",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
    .map((line) => `${line}\r\n`)
    .join("");

/** A whole request with a body. */
export const request = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): string => `${head(method, path, headers)}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
