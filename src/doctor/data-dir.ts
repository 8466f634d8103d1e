/** Whether the data directory can be used, and by its owner only. */
import { access, constants, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Check, codeOf, fail, ok, warn } from "./check.ts";

/** What opens something, or holds what people wrote. */
const confidential = ["master.key", "admin.token", "lettabox.sqlite", "lettabox.sqlite-wal", "lettabox.sock"];

/** Undefined where there is nothing. */
export const modeOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
};

/** The directory itself, else the nearest one above it that exists. */
export const nearestDir = async (path: string): Promise<string> => {
  for (let here = path; ; here = dirname(here)) {
    if ((await modeOf(here)) !== undefined || dirname(here) === here) return here;
  }
};

const canWrite = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    // This is how it says no; whatever the reason, nothing can be written there.
    return false;
  }
};

export const dataDir: Check = {
  name: "data-dir",
  async run({ config: { dataDir: path } }) {
    const existing = await nearestDir(path);
    if (!(await canWrite(existing))) {
      return fail(
        `${existing} cannot be written by this user.`,
        "Make it belong to the user lettabox runs as, or choose another directory with --data-dir or DATA_DIR.",
      );
    }
    if (existing !== path) return ok(`${path} is not there yet; it is made at the first start.`);
    const open: string[] = [];
    for (const name of confidential) {
      if (((await modeOf(join(path, name))) ?? 0) & 0o077) open.push(join(path, name));
    }
    if (open.length > 0) {
      return fail(`Others may read ${open.join(", ")}.`, `Run: chmod 600 ${open.join(" ")}`);
    }
    if (((await modeOf(path)) ?? 0) & 0o077) return warn(`Others may look into ${path}.`, `Run: chmod 700 ${path}`);
    return ok(`${path} is its owner's alone.`);
  },
};
