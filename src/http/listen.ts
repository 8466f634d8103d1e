/** The listeners: one TCP address for the world, one socket file for whoever may read the data directory. */
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../errors.ts";
import type { Via } from "./auth.ts";

export type Handler = (request: Request, via: Via) => Response | Promise<Response>;

export type Listening = { readonly url: string; readonly socketPath: string | null; stop(): Promise<void> };

/** Longest path of a socket file (`sun_path` of Linux, without its final zero; macOS has 103). */
const maxSocketPathBytes = process.platform === "darwin" ? 103 : 107;
/** A connection on which nothing moves is closed after this; streams ask to stay open. */
const idleSeconds = 60;
/** Bodies are bounded by the routes, which can answer; this is where Bun cuts the connection instead. */
const maxBodyBytes = 32 * 1024 * 1024;

export const socketPathOf = (dataDir: string): string => join(dataDir, "lettabox.sock");

const isLoopbackAddress = (address: string): boolean =>
  address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");

const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip"];

const cannotListen = (cause: unknown, host: string, port: number): Fault => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const where = `${host}:${port}`;
  const known: Readonly<Record<string, { message: string; hint: string }>> = {
    EADDRINUSE: {
      message: `Port ${port} on ${host} is in use by another program.`,
      hint: "Stop that program, or choose another port with --port or PORT.",
    },
    EACCES: {
      message: `This user may not listen on ${where}.`,
      hint: "Choose a port above 1023 with --port or PORT, or grant the right to bind low ports.",
    },
    EADDRNOTAVAIL: {
      message: `This machine has no address ${host}.`,
      hint: "Correct HOST: 127.0.0.1 for this machine only, 0.0.0.0 for all its addresses.",
    },
  };
  return new Fault("listen_failed", {
    ...(known[code] ?? { message: `${where} cannot be listened on.`, hint: "Check HOST and PORT." }),
    cause,
  });
};

/** Throws `listen_failed` with what to do. `socketPath` is null where its path would be too long for a socket. */
export const listen = (
  handler: Handler,
  options: { readonly host: string; readonly port: number; readonly dataDir: string },
): Listening => {
  const { host, port } = options;
  let tcp: Bun.Server<undefined>;
  try {
    tcp = Bun.serve({
      hostname: host,
      port,
      idleTimeout: idleSeconds,
      maxRequestBodySize: maxBodyBytes,
      fetch: (request, server) => {
        const peer = server.requestIP(request)?.address ?? "";
        const loopback = isLoopbackAddress(peer) && !proxyHeaders.some((name) => request.headers.has(name));
        return handler(request, { socket: false, loopback, keepOpen: () => server.timeout(request, 0) });
      },
    });
  } catch (error) {
    throw cannotListen(error, host, port);
  }

  const path = socketPathOf(options.dataDir);
  let local: Bun.Server<undefined> | undefined;
  if (Buffer.byteLength(path) <= maxSocketPathBytes) {
    // We hold the lock, so whatever lies there was left by a process that was killed.
    rmSync(path, { force: true });
    local = Bun.serve({
      unix: path,
      maxRequestBodySize: maxBodyBytes,
      fetch: (request) => handler(request, { socket: true, loopback: true, keepOpen: () => undefined }),
    });
    chmodSync(path, 0o600);
  }

  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${shown}:${tcp.port}`,
    socketPath: local ? path : null,
    stop: async () => {
      await Promise.all([tcp.stop(true), local?.stop(true)]);
      rmSync(path, { force: true });
    },
  };
};
