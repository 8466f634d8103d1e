/** `lettabox health`: asks a running server how it is, without opening anything of its own. For container checks. */
import { exitCodes, type Io } from "./io.ts";
import { type Json, jsonOption, type Subcommand } from "./subcommand.ts";

const timeoutMs = 5_000;

/** From HOST and PORT, as the server itself reads them. An address that means "all" is asked on this machine. */
const usualUrl = ({ env }: Io): string => {
  const host = env["HOST"] || env["API_HOST"] || "127.0.0.1";
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${env["PORT"] || "8080"}`;
};

export const health: Subcommand<Json & { readonly url?: string; readonly ready?: true }> = {
  usage: "health",
  about: "ask a running server how it is",
  options: [
    jsonOption,
    { flags: "--url <url>", about: "its address (default: from HOST and PORT)" },
    { flags: "--ready", about: "whether it can answer messages, not only whether it lives" },
  ],
  examples: ["lettabox health", "lettabox health --ready --url http://127.0.0.1:9090"],
  async run({ io, given }) {
    const base = given.url ?? usualUrl(io);
    const url = `${base.replace(/\/+$/, "")}${given.ready ? "/readyz" : "/livez"}`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
      const text = await response.text();
      if (given.json) await io.out(`${JSON.stringify({ ok: response.ok, status: response.status, url })}\n`);
      else await io.out(`${text.trim()}\n`);
      return response.ok ? exitCodes.ok : exitCodes.unavailable;
    } catch {
      // Refused, unreachable, cut or too slow: for whoever probes it is the same.
      if (given.json) await io.out(`${JSON.stringify({ ok: false, url })}\n`);
      else await io.err(`lettabox: No server answers at ${url}.\n`);
      return exitCodes.unavailable;
    }
  },
};
