/** `lettabox backup`: a consistent copy of the database, also while a server runs, checked before it is called done. */
import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Flags } from "../config/config.ts";
import { Fault } from "../errors.ts";
import { configure } from "./configure.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";

const stamp = (at: Date): string => at.toISOString().replace(/[-:]/g, "").replace(/\..*/, "");

export const backup: Subcommand<Partial<Flags> & Json & { readonly to?: string }> = {
  usage: "backup",
  about: "copy the database, also while the server runs, and check the copy",
  options: [
    ...configOptions,
    jsonOption,
    { flags: "--to <file>", about: "the copy (default: lettabox-<time>.sqlite here)" },
  ],
  examples: ["lettabox backup", "lettabox backup --to /srv/backup/lettabox.sqlite"],
  async run({ io, given }) {
    const { dataDir } = await configure(io, given);
    const { copyDatabase } = await import("../store/backup.ts");
    const { databasePath } = await import("../store/db.ts");
    const source = databasePath(dataDir);
    if (!existsSync(source)) throw new Fault("not_found", { message: `There is no database in ${dataDir}.` });
    const target = resolve(io.cwd, given.to ?? `lettabox-${stamp(new Date())}.sqlite`);
    if (existsSync(target)) throw new Fault("conflict", { message: `${target} exists already; choose another name.` });
    if (!existsSync(dirname(target))) {
      throw new Fault("not_found", {
        message: `The directory ${dirname(target)} does not exist.`,
        hint: "Make it, or choose another with --to.",
      });
    }
    const draft = `${target}.unfinished`;
    rmSync(draft, { force: true });
    try {
      const facts = copyDatabase(source, draft);
      chmodSync(draft, 0o600);
      renameSync(draft, target);
      if (given.json) await io.out(`${JSON.stringify({ file: target, ...facts })}\n`);
      else {
        await io.out(`${target}: ${facts.bytes} bytes, ${facts.turns} turns, checked.\n`);
        await io.err(`Keep ${dataDir}/master.key with it: what is sealed in it opens with that key only.\n`);
      }
      return exitCodes.ok;
    } finally {
      rmSync(draft, { force: true });
    }
  },
};
