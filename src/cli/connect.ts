/** How subcommands reach the data: through the socket of the server that runs, else by opening it themselves. */
import type { Config } from "../config.ts";
import { Fault } from "../errors.ts";
import { socketPathOf } from "../http/listen.ts";
import { createLog } from "../log.ts";
import { version } from "./version.ts";

export type Connection = {
  /** Asks the API as admin. */
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
};

const viaSocket = async (path: string): Promise<Connection | undefined> => {
  const request = (route: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://localhost${route}`, { ...init, unix: path });
  try {
    await request("/livez");
  } catch {
    // Nobody listens there: no server runs, or it left the file behind when it was killed.
    return undefined;
  }
  return { request, close: () => Promise.resolve() };
};

/** Opens the data directory without a server; throws `data_dir_locked` when one runs after all. */
const viaLock = async (config: Config, pid: number): Promise<Connection> => {
  const { createApp } = await import("../app.ts");
  const log = createLog({ level: "warn", format: "text" });
  const app = await createApp({ config, log, version, pid });
  return {
    request: async (route, init) =>
      app.fetch(new Request(`http://localhost${route}`, init), {
        socket: true,
        loopback: true,
        touch: () => undefined,
      }),
    close: () => app.stop(),
  };
};

export const connect = async (config: Config, pid: number): Promise<Connection> =>
  (await viaSocket(socketPathOf(config.dataDir))) ?? (await viaLock(config, pid));

/** Only through a running server: for what needs an agent to answer. Throws `server_unreachable`. */
export const connectToServer = async (config: Config): Promise<Connection> => {
  const connection = await viaSocket(socketPathOf(config.dataDir));
  if (connection) return connection;
  throw new Fault("server_unreachable", {
    message: `No server runs on ${config.dataDir}.`,
    hint: "Start one with: lettabox serve",
  });
};

/** The JSON body of a successful answer; throws what the server said otherwise. */
export const readAnswer = async <T>(response: Response): Promise<T> => {
  const body = (await response.json()) as T & { readonly error?: string; readonly hint?: string };
  if (response.ok) return body;
  const code = response.status === 404 ? "not_found" : response.status === 409 ? "conflict" : "bad_request";
  const hint = body.hint === undefined ? {} : { hint: body.hint };
  throw new Fault(code, { message: body.error ?? `The server answered ${response.status}.`, ...hint });
};
