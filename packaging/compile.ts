/** Compiles the program for a target, the way `bun run build` does it for this machine. */
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import type { Target } from "./targets.ts";

export const root = join(import.meta.dir, "..");

/** The words of `bun build` in the script `build`; target and file differ here. */
export const buildWords = (): readonly string[] => {
  const line = manifest.scripts.build.split("&&").at(-1) ?? "";
  return line.trim().split(/\s+/).slice(1);
};

/**
 * Writes the binary to `outfile`. Bun takes the target's runtime from the npm registry once and keeps it in its cache.
 * Throws with what Bun said.
 */
export const compile = async (target: Target, outfile: string): Promise<void> => {
  const words = buildWords().map((word, index, all) => {
    if (word.startsWith("--target=")) return `--target=${target.bun}`;
    return all[index - 1] === "--outfile" ? outfile : word;
  });
  const child = Bun.spawn([process.execPath, ...words], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${out}${err}`.trim() || `bun build ended with ${code}`);
};
