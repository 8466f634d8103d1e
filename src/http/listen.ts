/** The listeners: one TCP address for the world, one socket file for whoever may read the data directory. */
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../errors.ts";
import { isThisMachine } from "./host.ts";
import type { Via } from "./via.ts";

export type Handler = (request: Request, via: Via) => Response | Promise<Response>;

export type Listening = {
  /** Where programs on this machine reach it, with the port that was given out when 0 was asked for. */
  readonly url: string;
  /** Null where there is no socket. */
  readonly socketPath: string | null;
  /** Refuses new connections, lets answers under way go out, then closes what is left. */
  stop(): Promise<void>;
};

/** Longest path of a socket file (`sun_path` of Linux, without its final zero; macOS has 103). */
const maxSocketPathBytes = process.platform === "darwin" ? 103 : 107;
/** A connection on which nothing moves is closed after this; who answers slowly touches it. */
const idleSeconds = 60;
/** Bodies are bounded by the routes, which can answer; this is where Bun cuts the connection instead. */
const maxBodyBytes = 128 * 1024 * 1024;
/** How long a stop waits for answers that are on their way out. */
const flushMs = 1_000;

export const socketPathOf = (dataDir: string): string => join(dataDir, "lettabox.sock");

const isLoopbackAddress = (address: string): boolean =>
  address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");

/** What proxies add, and nobody who asks for himself. */
const proxyHeaders =
  "forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip cf-connecting-ip".split(" ");

/** A proxy that adds none passes on the name by which the world called it, unless it is set up badly twice. */
const isOurOwn = ({ headers }: Request): boolean =>
  isThisMachine(headers.get("host")) && !proxyHeaders.some((name) => headers.has(name));

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

type Server = Bun.Server<undefined>;
type Place = { readonly hostname: string; readonly port: number } | { readonly unix: string };

/** HTTP/1.0 need not say by which name it calls, and some probes do not: Bun makes half an address of that. */
const whole = (request: Request): Request =>
  request.url.startsWith("/") ? new Request(`http://unnamed.invalid${request.url}`, request) : request;

const open = (
  place: Place,
  handler: Handler,
  where: (request: Request, server: Server) => Omit<Via, "touch">,
): Server => {
  const options = {
    ...place,
    idleTimeout: idleSeconds,
    maxRequestBodySize: maxBodyBytes,
    fetch: (request: Request, server: Server) =>
      handler(whole(request), { ...where(request, server), touch: () => server.timeout(request, idleSeconds) }),
  };
  // Bun's types know no `idleTimeout` on a socket file; it holds there too, and is 10 s where it is not set.
  return Bun.serve(options as Bun.Serve.Options<undefined>);
};

const close = async (server: Server): Promise<void> => {
  const stopped = server.stop();
  for (let waited = 0; server.pendingRequests > 0 && waited < flushMs; waited += 10) await Bun.sleep(10);
  await Promise.all([stopped, server.stop(true)]);
};

/** What a browser or curl on this machine is to call an address that means "all of them". */
const reachable = (host: string): string => {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
};

const openTcp = (handler: Handler, host: string, port: number): Server => {
  try {
    return open({ hostname: host, port }, handler, (request, server) => {
      const peer = server.requestIP(request)?.address;
      const loopback = peer !== undefined && isLoopbackAddress(peer) && isOurOwn(request);
      return { socket: false, loopback, peer };
    });
  } catch (error) {
    throw cannotListen(error, host, port);
  }
};

/** Undefined where the path is too long for a socket, or the file system has none. */
const openSocket = (handler: Handler, path: string): Server | undefined => {
  if (Buffer.byteLength(path) > maxSocketPathBytes) return undefined;
  // We hold the lock, so whatever lies there was left by a process that was killed.
  rmSync(path, { force: true });
  let server: Server | undefined;
  try {
    server = open({ unix: path }, handler, () => ({ socket: true, loopback: true }));
    chmodSync(path, 0o600);
    return server;
  } catch {
    // Best effort: the API is served all the same, `socket.missing` is logged, and subcommands say that another process
    // holds the lock. A socket that others could use must not stay.
    void server?.stop(true);
    return undefined;
  }
};

/** One more TCP address, `host:port`, for what only some shall reach. Throws `listen_failed` with what to do. */
export const listenAside = (handler: Handler, place: string): Omit<Listening, "socketPath"> => {
  const colon = place.lastIndexOf(":");
  const host = place.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const tcp = openTcp(handler, host, Number(place.slice(colon + 1)));
  return { url: `http://${reachable(host)}:${tcp.port}`, stop: () => close(tcp) };
};

/** Throws `listen_failed` with what to do. `socketPath` is null where there is no socket. */
export const listen = (
  handler: Handler,
  options: { readonly host: string; readonly port: number; readonly dataDir: string },
): Listening => {
  const { host, port, dataDir } = options;
  const tcp = openTcp(handler, host, port);
  const path = socketPathOf(dataDir);
  const socket = openSocket(handler, path);
  return {
    url: `http://${reachable(host)}:${tcp.port}`,
    socketPath: socket ? path : null,
    stop: async () => {
      await Promise.all([close(tcp), socket && close(socket)]);
      rmSync(path, { force: true });
    },
  };
};
