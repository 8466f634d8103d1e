/** The program without one of its mechanisms: a proof that does not notice proves nothing. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./stage.ts";

const root = join(import.meta.dir, "..", "..", "..");

export type Change = { readonly file: string; readonly line: string; readonly without: string };

/** A server at `place` that runs from a copy of the source in `copy`, in which one line reads differently. */
export const mutate = (place: Place, copy: string, { file, line, without }: Change): Place => {
  for (const part of ["src", "test", "migrations", "package.json", "tsconfig.json"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(line).length !== 2) throw new Error(`${file} has no such line any more, or several: ${line}`);
  writeFileSync(path, source.replace(line, without));
  const argv = place.command.argv.map((word) => word.replace(root, copy));
  return { ...place, command: { ...place.command, argv } };
};
