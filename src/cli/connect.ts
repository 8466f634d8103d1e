/** How subcommands reach the data: through the socket of the server that runs, else by opening it themselves. */
import type { Config, Flags } from "../config/config.ts";
import { catalogue, Fault, type FaultCode } from "../errors.ts";
import { socketPathOf } from "../http/listen.ts";
import { createLog } from "../log.ts";
import { configure } from "./configure.ts";
import type { ExitCode, Io } from "./io.ts";
import { version } from "./version.ts";

export type Connection = {
  /** Asks the API as admin. */
  request(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
};

const isFaultCode = (code: string): code is FaultCode => code in catalogue;

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
  const via = { socket: true, loopback: true, touch: () => undefined };
  return {
    request: async (route, init) => app.fetch(new Request(`http://localhost${route}`, init), via),
    close: () => app.stop(),
  };
};

/** Does something with the data, through the server or without one. */
export const connected = async (
  io: Io,
  given: Partial<Flags>,
  work: (connection: Connection) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const config = await configure(io, given);
  const connection = (await viaSocket(socketPathOf(config.dataDir))) ?? (await viaLock(config, io.pid));
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
};

/** Only through a running server: for what needs an agent to answer. Throws `server_unreachable`. */
export const connectToServer = async ({ dataDir }: Config): Promise<Connection> => {
  const connection = await viaSocket(socketPathOf(dataDir));
  if (connection) return connection;
  throw new Fault("server_unreachable", {
    message: `No server runs on ${dataDir}.`,
    hint: "Start one with: lettabox serve",
  });
};

/** The JSON body of a successful answer; throws what the server said otherwise. */
export const readAnswer = async <T>(response: Response): Promise<T> => {
  const body = (await response.json()) as T & {
    readonly error?: string;
    readonly code?: string;
    readonly hint?: string;
  };
  if (response.ok) return body;
  const { error = `The server answered ${response.status}.`, code = "", hint } = body;
  throw new Fault(isFaultCode(code) ? code : "internal", { message: error, ...(hint === undefined ? {} : { hint }) });
};
