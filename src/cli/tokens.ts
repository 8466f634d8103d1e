/** `lettabox token create|list|revoke`. */
import type { Flags } from "../config/config.ts";
import { connected, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";
import { table } from "./table.ts";

type Shown = {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
};

type Given = Partial<Flags> & Json;

export const createToken: Subcommand<Given & { readonly name: string; readonly scope: string }> = {
  usage: "token create",
  about: "make a token and print it, once",
  options: [
    ...configOptions,
    jsonOption,
    { flags: "--name <name>", about: "what it is for", required: true },
    { flags: "--scope <scope>", about: "chat or admin", fallback: "chat" },
  ],
  examples: ["lettabox token create --name website", "lettabox token create --name ops --scope admin"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const { name, scope } = given;
      const body = JSON.stringify({ name, scope });
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

const remark = ({ revokedAt, expiresAt }: Shown): string => {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  return expiresAt === null ? "" : `until ${expiresAt}`;
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
