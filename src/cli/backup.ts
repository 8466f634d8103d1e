/** `lettabox backup`: a consistent copy of the database, also while a server runs, checked before it is called done. */
import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { Fault } from "../errors.ts";
import { copyDatabase } from "../store/backup.ts";
import { databasePath } from "../store/db.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";

const stamp = (at: Date): string => at.toISOString().replace(/[-:]/g, "").replace(/\..*/, "");

export const backup = async (
  io: Io,
  config: Config,
  options: { readonly to?: string; readonly json?: boolean },
): Promise<ExitCode> => {
  const source = databasePath(config.dataDir);
  if (!existsSync(source)) {
    throw new Fault("not_found", { message: `There is no database in ${config.dataDir}.` });
  }
  const target = resolve(io.cwd, options.to ?? `lettabox-${stamp(new Date())}.sqlite`);
  if (existsSync(target)) throw new Fault("conflict", { message: `${target} exists already; choose another name.` });
  const draft = `${target}.unfinished`;
  rmSync(draft, { force: true });
  try {
    const facts = copyDatabase(source, draft);
    chmodSync(draft, 0o600);
    renameSync(draft, target);
    if (options.json) await io.out(`${JSON.stringify({ file: target, ...facts })}\n`);
    else {
      await io.out(`${target}: ${facts.bytes} bytes, ${facts.turns} turns, checked.\n`);
      await io.err(`Keep ${config.dataDir}/master.key with it: what is sealed in it opens with that key only.\n`);
    }
    return exitCodes.ok;
  } finally {
    rmSync(draft, { force: true });
  }
};
