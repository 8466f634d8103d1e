/** `lettabox token create|list|revoke`. */
import type { Connection } from "./connect.ts";
import { readAnswer } from "./connect.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { table } from "./table.ts";

type Shown = {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly revokedAt: string | null;
};

type Options = { readonly json?: boolean };

export const createToken = async (
  io: Io,
  connection: Connection,
  options: Options & { readonly name: string; readonly scope: string },
): Promise<ExitCode> => {
  const { name, scope } = options;
  const response = await connection.request("/api/v1/tokens", {
    method: "POST",
    body: JSON.stringify({ name, scope }),
  });
  const created = await readAnswer<Shown & { readonly token: string }>(response);
  if (options.json) await io.out(`${JSON.stringify(created)}\n`);
  else {
    await io.out(`${created.token}\n`);
    await io.err("This token is shown once. Send it as: Authorization: Bearer <token>\n");
  }
  return exitCodes.ok;
};

export const listTokens = async (io: Io, connection: Connection, options: Options): Promise<ExitCode> => {
  const { tokens } = await readAnswer<{ tokens: readonly Shown[] }>(await connection.request("/api/v1/tokens"));
  if (options.json) await io.out(`${JSON.stringify(tokens)}\n`);
  else {
    const rows = tokens.map(({ id, name, scopes, createdAt, revokedAt }) => [
      String(id),
      name,
      scopes.join(","),
      createdAt,
      revokedAt === null ? "" : `revoked ${revokedAt}`,
    ]);
    await io.out(table(["ID", "NAME", "SCOPES", "CREATED", ""], rows));
  }
  return exitCodes.ok;
};

export const revokeToken = async (io: Io, connection: Connection, id: string, options: Options): Promise<ExitCode> => {
  const response = await connection.request(`/api/v1/tokens/${encodeURIComponent(id)}`, { method: "DELETE" });
  const answer = await readAnswer<{ success: boolean }>(response);
  await io.out(options.json ? `${JSON.stringify(answer)}\n` : `Token ${id} is revoked.\n`);
  return exitCodes.ok;
};
