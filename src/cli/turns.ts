/** `lettabox turns list|show`. */
import { type Connection, readAnswer } from "./connect.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { table } from "./table.ts";

type Shown = Readonly<Record<string, string | number | boolean | null>>;
type Options = { readonly json?: boolean };

const shown = (value: unknown): string => {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

export const listTurns = async (
  io: Io,
  connection: Connection,
  options: Options & { readonly limit: string },
): Promise<ExitCode> => {
  const response = await connection.request(`/api/v1/turns?limit=${encodeURIComponent(options.limit)}`);
  const { turns } = await readAnswer<{ turns: readonly Shown[] }>(response);
  if (options.json) await io.out(`${JSON.stringify(turns)}\n`);
  else {
    const rows = turns.map((turn) =>
      ["turnId", "state", "agentName", "createdAt", "errorCode"].map((key) => String(turn[key] ?? "")),
    );
    await io.out(table(["TURN", "STATE", "AGENT", "CREATED", "ERROR"], rows));
  }
  return exitCodes.ok;
};

export const showTurn = async (io: Io, connection: Connection, id: string, options: Options): Promise<ExitCode> => {
  const response = await connection.request(`/api/v1/turns/${encodeURIComponent(id)}`);
  const turn = await readAnswer<Shown>(response);
  if (options.json) await io.out(`${JSON.stringify(turn)}\n`);
  else {
    const rows = Object.entries(turn).map(([key, value]) => [key, shown(value)]);
    await io.out(table(["", ""], rows).trimStart());
  }
  return exitCodes.ok;
};
