/** `lettabox groups list|set`. */
import type { Flags } from "../config/config.ts";
import { Fault } from "../errors.ts";
import { connected, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";
import { fields, table } from "./table.ts";

type Group = {
  readonly id: number;
  readonly bot: string | null;
  readonly title: string | null;
  readonly chat: string;
  readonly admitted: boolean;
  readonly mode: string;
  readonly dailyLimit: number | null;
  readonly dailyPersonLimit: number | null;
};

type Given = Partial<Flags> & Json;

const limitOf = (limit: number | null): string => (limit === null ? "" : String(limit));

export const listGroups: Subcommand<Given & { readonly limit: string }> = {
  usage: "groups list",
  about: "list the groups that the bots are in",
  options: [...configOptions, jsonOption, { flags: "--limit <number>", about: "how many", fallback: "50" }],
  examples: ["lettabox groups list"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request(`/api/v1/groups?limit=${encodeURIComponent(given.limit)}`);
      const { groups } = await readAnswer<{ groups: readonly Group[] }>(response);
      if (given.json) await io.out(`${JSON.stringify(groups)}\n`);
      else if (groups.length === 0) await io.out("There are no groups.\n");
      else {
        const rows = groups.map((one) => [
          String(one.id),
          one.bot ?? "",
          one.admitted ? one.mode : "not let in",
          limitOf(one.dailyLimit),
          limitOf(one.dailyPersonLimit),
          one.title ?? one.chat,
        ]);
        await io.out(table(["GROUP", "BOT", "MODE", "A DAY", "EACH", "TITLE"], rows));
      }
      return exitCodes.ok;
    }),
};

type Wanted = {
  readonly mode?: string;
  readonly admit?: true;
  readonly close?: true;
  readonly dailyLimit?: string;
  readonly dailyPersonLimit?: string;
  readonly batchMs?: string;
  readonly allow?: readonly string[];
  readonly allowAll?: true;
};

/** What is no number is left to the server to refuse, in words. */
const numberOf = (text: string): number | string | null => {
  if (text === "default") return null;
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : text;
};

const bodyOf = (given: Wanted): object => {
  const { mode, admit, close, dailyLimit, dailyPersonLimit, batchMs, allow, allowAll } = given;
  return {
    ...(mode === undefined ? {} : { mode: mode === "default" ? null : mode }),
    ...(admit ? { admitted: true } : {}),
    ...(close ? { admitted: false } : {}),
    ...(dailyLimit === undefined ? {} : { dailyLimit: numberOf(dailyLimit) }),
    ...(dailyPersonLimit === undefined ? {} : { dailyPersonLimit: numberOf(dailyPersonLimit) }),
    ...(batchMs === undefined ? {} : { batchMs: numberOf(batchMs) }),
    ...(allow === undefined ? {} : { allowed: allow }),
    ...(allowAll ? { allowed: null } : {}),
  };
};

export const setGroup: Subcommand<Given & Wanted> = {
  usage: "groups set <group>",
  about: "set what counts in a group; each value may be `default`, which is what the configuration says",
  options: [
    ...configOptions,
    jsonOption,
    { flags: "--mode <mode>", about: "open, listen, mention-only or disabled" },
    { flags: "--admit", about: "let the group in" },
    { flags: "--close", about: "do not let it in any more" },
    { flags: "--daily-limit <number>", about: "messages for the agent in a day (UTC)" },
    { flags: "--daily-person-limit <number>", about: "the same of each person" },
    { flags: "--batch-ms <number>", about: "how long messages wait for others to join them" },
    { flags: "--allow <id...>", about: "the only people that are listened to, by their ids on the platform" },
    { flags: "--allow-all", about: "listen to everybody" },
  ],
  examples: ["lettabox groups set 7 --mode listen", "lettabox groups set 7 --daily-limit 200 --daily-person-limit 20"],
  run: async ({ io, given, args: [id = ""] }) => {
    if (given.admit && given.close) {
      throw new Fault("bad_request", { message: "--admit and --close contradict each other; give one of them" });
    }
    return connected(io, given, async (connection) => {
      const response = await connection.request(`/api/v1/groups/${encodeURIComponent(id)}`, {
        method: "PATCH",
        body: JSON.stringify(bodyOf(given)),
      });
      const group = await readAnswer<Group>(response);
      await io.out(given.json ? `${JSON.stringify(group)}\n` : fields(group));
      return exitCodes.ok;
    });
  },
};
