/** Which files below a directory hold some bytes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const filesWith = (dir: string, bytes: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), "latin1").includes(bytes))
    .map(({ name }) => name);
