/**
 * The server that runs on a data directory, as it answers on its socket, else on its address. The lock is not tried:
 * whoever takes it for a moment may keep a server from starting.
 */
import type { Config } from "../config/config.ts";
import { socketPathOf } from "../http/listen.ts";
import { holderOf } from "../store/lock.ts";

/** What `GET /readyz` says. */
export type Readiness = {
  readonly ready: boolean;
  readonly upstream: string;
  readonly version: string;
  /** A word of that process alone. */
  readonly instance: string;
  readonly missing: readonly { readonly what: string; readonly error: string }[];
};

export type Running =
  | { readonly state: "none" }
  /** Some process holds the data directory and does not answer. */
  | { readonly state: "silent"; readonly pid: number }
  | { readonly state: "answers"; readonly pid: number | undefined; readonly says: Readiness };

const isReadiness = (value: unknown): value is Readiness =>
  typeof value === "object" && value !== null && "instance" in value && "missing" in value && "upstream" in value;

/** Undefined where nobody answers, or somebody who is no lettabox. */
export const askReadiness = async (
  ask: () => Promise<Response>,
): Promise<{ readonly says: Readiness } | { readonly says: undefined; readonly status: number }> => {
  const response = await ask();
  // What is no JSON is no lettabox: the status says all there is to say of it.
  const body: unknown = await response.json().catch(() => undefined);
  return isReadiness(body) ? { says: body } : { says: undefined, status: response.status };
};

/** Where the server of this configuration is reached from this machine. */
export const localUrlOf = ({ host, port }: Config): string => {
  const known: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  const reachable = known[host] ?? host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
};

/** Asks; never throws. */
export const findRunning = async (config: Config, request: typeof fetch, abort: AbortSignal): Promise<Running> => {
  const pid = holderOf(config.dataDir);
  const ways = [
    () => request("http://localhost/readyz", { unix: socketPathOf(config.dataDir), signal: abort }),
    // Where there can be no socket file. Another data directory's server may be there, so a holder must be known.
    ...(pid === undefined ? [] : [() => request(`${localUrlOf(config)}/readyz`, { signal: abort })]),
  ];
  for (const way of ways) {
    // Nobody there is an answer as well: the next way is tried, and `silent` or `none` says what is known.
    const { says } = await askReadiness(way).catch(() => ({ says: undefined }));
    if (says) return { state: "answers", pid, says };
  }
  return pid === undefined ? { state: "none" } : { state: "silent", pid };
};
