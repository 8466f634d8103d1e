/** `lettabox people list` and `lettabox audit`. */
import type { Flags } from "../config/config.ts";
import { connected, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";
import { table } from "./table.ts";

type Given = Partial<Flags> & Json & { readonly limit: string };

type Person = {
  readonly person: number;
  readonly bot: string | null;
  readonly name: string | null;
  readonly userId: string | null;
  readonly state: string;
  readonly since: string;
};

export const listPeople: Subcommand<Given> = {
  usage: "people list",
  about: "list people about whom something was decided, newest first",
  options: [...configOptions, jsonOption, { flags: "--limit <number>", about: "how many", fallback: "50" }],
  examples: ["lettabox people list"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request(`/api/v1/people?limit=${encodeURIComponent(given.limit)}`);
      const { people } = await readAnswer<{ people: readonly Person[] }>(response);
      if (given.json) await io.out(`${JSON.stringify(people)}\n`);
      else if (people.length === 0) await io.out("Nobody was let in or turned away yet.\n");
      else {
        const rows = people.map((one) => [
          String(one.person),
          one.state,
          one.bot ?? "",
          one.name ?? "",
          one.userId ?? "",
          one.since,
        ]);
        await io.out(table(["PERSON", "STATE", "BOT", "NAME", "ID", "SINCE"], rows));
      }
      return exitCodes.ok;
    }),
};

type Entry = {
  readonly at: string;
  readonly bot: string | null;
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  readonly detail: string | null;
};

export const showAudit: Subcommand<Given> = {
  usage: "audit",
  about: "show who let whom in and who set what, newest first",
  options: [...configOptions, jsonOption, { flags: "--limit <number>", about: "how many", fallback: "50" }],
  examples: ["lettabox audit --limit 200"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request(`/api/v1/audit?limit=${encodeURIComponent(given.limit)}`);
      const { entries } = await readAnswer<{ entries: readonly Entry[] }>(response);
      if (given.json) await io.out(`${JSON.stringify(entries)}\n`);
      else if (entries.length === 0) await io.out("Nothing was decided or set yet.\n");
      else {
        const rows = entries.map((one) => [
          one.at,
          one.bot ?? "",
          one.actor,
          one.action,
          one.subject ?? "",
          one.detail ?? "",
        ]);
        await io.out(table(["WHEN", "BOT", "WHO", "WHAT", "WHOM", "VALUE"], rows));
      }
      return exitCodes.ok;
    }),
};
