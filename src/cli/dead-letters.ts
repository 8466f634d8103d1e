/** `lettabox deadletters list|show|retry|drop`. */
import type { Flags } from "../config/config.ts";
import { connected, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";
import { fields, table } from "./table.ts";

type Letter = {
  readonly id: number;
  readonly source: string;
  readonly code: string;
  readonly createdAt: string;
  readonly turnId?: string;
};

type Given = Partial<Flags> & Json;

const path = (id: string): string => `/api/v1/dead-letters/${encodeURIComponent(id)}`;

export const listDeadLetters: Subcommand<Given & { readonly limit: string }> = {
  usage: "deadletters list",
  about: "list dead letters, newest first",
  options: [...configOptions, jsonOption, { flags: "--limit <number>", about: "how many", fallback: "50" }],
  examples: ["lettabox deadletters list --json"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request(`/api/v1/dead-letters?limit=${encodeURIComponent(given.limit)}`);
      const { deadLetters } = await readAnswer<{ deadLetters: readonly Letter[] }>(response);
      if (given.json) await io.out(`${JSON.stringify(deadLetters)}\n`);
      else if (deadLetters.length === 0) await io.out("There are no dead letters.\n");
      else {
        const rows = deadLetters.map((one) => [String(one.id), one.source, one.code, one.createdAt, one.turnId ?? ""]);
        await io.out(table(["ID", "WHAT", "WHY", "SINCE", "TURN"], rows));
      }
      return exitCodes.ok;
    }),
};

export const showDeadLetter: Subcommand<Given> = {
  usage: "deadletters show <id>",
  about: "show one, with what it is about",
  options: [...configOptions, jsonOption],
  examples: ["lettabox deadletters show 7"],
  run: ({ io, given, args: [id = ""] }) =>
    connected(io, given, async (connection) => {
      const letter = await readAnswer<Letter>(await connection.request(path(id)));
      await io.out(given.json ? `${JSON.stringify(letter)}\n` : fields(letter));
      return exitCodes.ok;
    }),
};

export const retryDeadLetter: Subcommand<Given> = {
  usage: "deadletters retry <id>",
  about: "try it again",
  options: [...configOptions, jsonOption],
  examples: ["lettabox deadletters retry 7"],
  run: ({ io, given, args: [id = ""] }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request(`${path(id)}/retry`, { method: "POST" });
      const answer = await readAnswer<{ turnId?: string }>(response);
      if (given.json) await io.out(`${JSON.stringify(answer)}\n`);
      else await io.out(answer.turnId === undefined ? "Queued again.\n" : `Queued again as ${answer.turnId}.\n`);
      return exitCodes.ok;
    }),
};

export const dropDeadLetter: Subcommand<Given> = {
  usage: "deadletters drop <id>",
  about: "forget it",
  options: [...configOptions, jsonOption],
  examples: ["lettabox deadletters drop 7"],
  run: ({ io, given, args: [id = ""] }) =>
    connected(io, given, async (connection) => {
      const answer = await readAnswer<{ success: boolean }>(await connection.request(path(id), { method: "DELETE" }));
      await io.out(given.json ? `${JSON.stringify(answer)}\n` : `Dead letter ${id} is dropped.\n`);
      return exitCodes.ok;
    }),
};
