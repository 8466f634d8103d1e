/** `lettabox pairing list|approve|deny|revoke|block`. */
import type { Flags } from "../config/config.ts";
import { Fault } from "../errors.ts";
import { connected, type Connection, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Option, type Subcommand } from "./subcommand.ts";
import { harmless, table } from "./table.ts";

type Request = {
  readonly id: string;
  readonly code: string;
  readonly bot: string;
  readonly of: string;
  readonly name: string | null;
  readonly expiresAt: string;
};

type Given = Partial<Flags> & Json & { readonly bot?: string };

const botOption: Option = { flags: "--bot <name>", about: "the bot, where there are several" };
const options = [...configOptions, jsonOption, botOption];

const waiting = async (connection: Connection, bot?: string): Promise<readonly Request[]> => {
  const path = bot === undefined ? "" : `/${encodeURIComponent(bot)}`;
  const response = await connection.request(`/api/v1/pairing${path}`);
  return (await readAnswer<{ requests: readonly Request[] }>(response)).requests;
};

const post = (connection: Connection, bot: string, what: string, body: object): Promise<Response> =>
  connection.request(`/api/v1/pairing/${encodeURIComponent(bot)}/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

export const listPairing: Subcommand<Given> = {
  usage: "pairing list",
  about: "list who waits to be let in",
  options,
  examples: ["lettabox pairing list", "lettabox pairing list --bot support --json"],
  run: ({ io, given }) =>
    connected(io, given, async (connection) => {
      const requests = await waiting(connection, given.bot);
      if (given.json) await io.out(`${JSON.stringify(requests)}\n`);
      else if (requests.length === 0) await io.out("Nobody waits.\n");
      else {
        const rows = requests.map(({ code, bot, of, name, id, expiresAt }) => [
          code,
          bot,
          of,
          name ?? "",
          id,
          expiresAt,
        ]);
        await io.out(table(["CODE", "BOT", "WHAT", "NAME", "ID", "UNTIL"], rows));
      }
      return exitCodes.ok;
    }),
};

/** As people type it. */
const fold = (code: string): string => code.replaceAll(/[\s-]/g, "").toUpperCase();

const decide = (what: "approve" | "deny", about: string, done: string): Subcommand<Given> => ({
  usage: `pairing ${what} <code>`,
  about,
  options,
  examples: [`lettabox pairing ${what} ABCD2345`],
  run: ({ io, given, args: [code = ""] }) =>
    connected(io, given, async (connection) => {
      const requests = await waiting(connection, given.bot);
      const found = requests.find((one) => one.code === fold(code));
      if (!found) throw new Fault("not_found", { message: "Code not found or expired" });
      const answer = await readAnswer<object>(await post(connection, found.bot, what, { code }));
      await io.out(given.json ? `${JSON.stringify(answer)}\n` : `${harmless(found.name ?? found.id)} ${done}\n`);
      return exitCodes.ok;
    }),
});

export const approvePairing = decide("approve", "let in whoever waits with this code", "is let in, and told so.");
export const denyPairing = decide("deny", "let whoever waits with this code not in", "is not let in, and told so.");

type Person = { readonly person: number; readonly bot: string | null; readonly state: string };

/** The bots at which something is to be closed: the named one, or those that know the person. */
const botsOf = async (connection: Connection, person: number, bot: string | undefined): Promise<readonly string[]> => {
  if (bot !== undefined) return [bot];
  // A person that nothing was decided about yet is nowhere in the list: then there has to be only one bot.
  const found = new Set<string>();
  for (let before = ""; ;) {
    const response = await connection.request(`/api/v1/people?limit=200${before}`);
    const { people, next } = await readAnswer<{ people: readonly Person[]; next: number | null }>(response);
    for (const one of people) if (one.person === person && one.bot !== null) found.add(one.bot);
    if (next === null) break;
    before = `&before=${next}`;
  }
  if (found.size > 0) return [...found];
  throw new Fault("not_found", { message: "Nobody is known by this number; name the bot with --bot." });
};

const close = (what: "revoke" | "block", about: string, done: string): Subcommand<Given> => ({
  usage: `pairing ${what} <person>`,
  about,
  options,
  examples: [`lettabox pairing ${what} 7`, `lettabox pairing ${what} 7 --bot support`],
  run: ({ io, given, args: [person = ""] }) =>
    connected(io, given, async (connection) => {
      const number = Number(person);
      if (!Number.isSafeInteger(number)) {
        throw new Fault("bad_request", { message: "A person is a number; lettabox people list shows it." });
      }
      const bots = await botsOf(connection, number, given.bot);
      for (const bot of bots) await readAnswer(await post(connection, bot, what, { person: number }));
      const answer = { success: true, bots };
      await io.out(given.json ? `${JSON.stringify(answer)}\n` : `Person ${person} ${done} (${bots.join(", ")})\n`);
      return exitCodes.ok;
    }),
});

export const revokeAccess = close("revoke", "make somebody a stranger again, at once", "is a stranger again.");
export const blockPerson = close("block", "answer somebody no more, at once", "is not answered any more.");
