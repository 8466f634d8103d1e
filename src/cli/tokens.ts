/** `lettabox token create|list|revoke`. */
import type { Flags } from "../config/config.ts";
import { Fault } from "../errors.ts";
import { connected, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";
import { table } from "./table.ts";

type Shown = {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly agents: readonly string[] | null;
  readonly ratePerMinute: number | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
};

type Given = Partial<Flags> & Json;

type Wanted = {
  readonly name: string;
  readonly scope: string;
  readonly agent?: readonly string[];
  readonly expires?: string;
  readonly rate?: string;
};

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

/** `30d`, `12h`, `15m`, or a time; what is neither is refused by the server, in words. */
const expiryOf = (expires: string): { readonly expiresInMs: number } | { readonly expiresAt: string } => {
  const [, count, unit = ""] = /^(\d{1,9})([mhd])$/.exec(expires.trim()) ?? [];
  return count === undefined ? { expiresAt: expires } : { expiresInMs: Number(count) * (unitMs[unit] ?? 0) };
};

const rateOf = (rate: string): number => {
  if (/^\d{1,9}$/.test(rate.trim())) return Number(rate);
  throw new Fault("bad_request", { message: "--rate must be a whole number of requests a minute; 0 is no limit" });
};

const requestOf = ({ name, scope, agent, expires, rate }: Wanted) => ({
  name,
  scope,
  ...(agent === undefined ? {} : { agents: agent }),
  ...(expires === undefined ? {} : expiryOf(expires)),
  ...(rate === undefined ? {} : { ratePerMinute: rateOf(rate) }),
});

export const createToken: Subcommand<Given & Wanted> = {
  usage: "token create",
  about: "make a token and print it, once",
  options: [
    ...configOptions,
    jsonOption,
    { flags: "--name <name>", about: "what it is for", required: true },
    { flags: "--scope <scopes>", about: "chat, read, send or admin; several with commas", fallback: "chat" },
    { flags: "--agent <name...>", about: "the only agents it may have to do with, by name or id (default: all)" },
    { flags: "--expires <when>", about: "when it stops working: 30d, 12h, 15m or a time (default: never)" },
    { flags: "--rate <number>", about: "requests a minute; 0 is no limit (default: limits.requestsPerMinute)" },
  ],
  examples: [
    "lettabox token create --name website --agent Ada --expires 90d",
    "lettabox token create --name alarms --scope send,read --rate 30",
    "lettabox token create --name ops --scope admin",
  ],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const body = JSON.stringify(requestOf(given));
      const response = await connection.request("/api/v1/tokens", { method: "POST", body });
      const created = await readAnswer<Shown & { readonly token: string }>(response);
      if (given.json) await io.out(`${JSON.stringify(created)}\n`);
      else {
        await io.out(`${created.token}\n`);
        await io.err("This token is shown once. Send it as: Authorization: Bearer <token>\n");
      }
      return exitCodes.ok;
    }),
};

const remark = ({ revokedAt, expiresAt, agents, ratePerMinute: rate }: Shown): string => {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  const remarks = [
    ...(expiresAt === null ? [] : [`until ${expiresAt}`]),
    ...(agents === null ? [] : [`only ${agents.join(", ")}`]),
    ...(rate === null ? [] : [rate === 0 ? "without limit" : `${rate} a minute`]),
  ];
  return remarks.join("; ");
};

export const listTokens: Subcommand<Given> = {
  usage: "token list",
  about: "list tokens; the tokens themselves are not kept",
  options: [...configOptions, jsonOption],
  examples: ["lettabox token list"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request("/api/v1/tokens");
      const { tokens } = await readAnswer<{ tokens: readonly Shown[] }>(response);
      if (given.json) await io.out(`${JSON.stringify(tokens)}\n`);
      else {
        const rows = tokens.map((one) => [String(one.id), one.name, one.scopes.join(","), one.createdAt, remark(one)]);
        await io.out(table(["ID", "NAME", "SCOPES", "CREATED", ""], rows));
      }
      return exitCodes.ok;
    }),
};

export const revokeToken: Subcommand<Given> = {
  usage: "token revoke <id>",
  about: "make a token worthless",
  options: [...configOptions, jsonOption],
  examples: ["lettabox token revoke 3"],
  run: ({ io, given, args: [id = ""] }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request(`/api/v1/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
      const answer = await readAnswer<{ success: boolean }>(response);
      await io.out(given.json ? `${JSON.stringify(answer)}\n` : `Token ${id} is revoked.\n`);
      return exitCodes.ok;
    }),
};
