/** `lettabox health`: asks a running server how it is, without opening anything of its own. For container checks. */
import { type ExitCode, exitCodes, type Io } from "./io.ts";

const timeoutMs = 5_000;

/** `url` by default from HOST and PORT, as the server itself reads them. An address that means "all" is asked on this machine. */
export const health = async (io: Io, options: { url?: string; ready?: boolean; json?: boolean }): Promise<ExitCode> => {
  const host = io.env["HOST"] ?? io.env["API_HOST"] ?? "127.0.0.1";
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const base =
    options.url ?? `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${io.env["PORT"] ?? "8080"}`;
  const url = `${base.replace(/\/+$/, "")}${options.ready ? "/readyz" : "/livez"}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (options.json) await io.out(`${JSON.stringify({ ok: response.ok, status: response.status, url })}\n`);
    else await io.out(`${text.trim()}\n`);
    return response.ok ? exitCodes.ok : exitCodes.unavailable;
  } catch {
    if (options.json) await io.out(`${JSON.stringify({ ok: false, url })}\n`);
    else await io.err(`lettabox: No server answers at ${url}.\n`);
    return exitCodes.unavailable;
  }
};
