/** `lettabox turns list|show`. */
import type { Flags } from "../config/config.ts";
import { connected, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";
import { fields, table } from "./table.ts";

type Shown = Readonly<Record<string, unknown>>;
type Given = Partial<Flags> & Json;

const columns = ["turnId", "state", "agentName", "createdAt", "errorCode"];

export const listTurns: Subcommand<Given & { readonly limit: string }> = {
  usage: "turns list",
  about: "list turns, newest first",
  options: [...configOptions, jsonOption, { flags: "--limit <number>", about: "how many", fallback: "20" }],
  examples: ["lettabox turns list --limit 50"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request(`/api/v1/turns?limit=${encodeURIComponent(given.limit)}`);
      const { turns } = await readAnswer<{ turns: readonly Shown[] }>(response);
      if (given.json) await io.out(`${JSON.stringify(turns)}\n`);
      else {
        const rows = turns.map((turn) => columns.map((key) => String(turn[key] ?? "")));
        await io.out(table(["TURN", "STATE", "AGENT", "CREATED", "ERROR"], rows));
      }
      return exitCodes.ok;
    }),
};

export const showTurn: Subcommand<Given> = {
  usage: "turns show <id>",
  about: "show one turn",
  options: [...configOptions, jsonOption],
  examples: ["lettabox turns show turn_0123456789abcdef0123456789abcdef"],
  run: ({ io, given, args: [id = ""] }) =>
    connected(io, given, async (connection) => {
      const turn = await readAnswer<Shown>(await connection.request(`/api/v1/turns/${encodeURIComponent(id)}`));
      await io.out(given.json ? `${JSON.stringify(turn)}\n` : fields(turn));
      return exitCodes.ok;
    }),
};
