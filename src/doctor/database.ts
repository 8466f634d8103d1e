/** The database: whether it opens, its version, and whether the master key is the one it was written with. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkCanary } from "../crypto/canary.ts";
import { keyRing, masterKeyMinChars } from "../crypto/keys.ts";
import { secret, type Secret } from "../crypto/secret.ts";
import { Fault } from "../errors.ts";
import { inspectDatabase } from "../store/inspect.ts";
import { type Check, codeOf, fail, ok, skip } from "./check.ts";

const restore = "Put a backup in its place. Before that, keep a copy of the directory for a closer look.";

export const database: Check = {
  name: "database",
  async run({ config: { dataDir } }) {
    let found: ReturnType<typeof inspectDatabase>;
    try {
      found = inspectDatabase(dataDir);
    } catch (error) {
      return fail(`It cannot be read (${codeOf(error)}).`, restore);
    }
    if (found === undefined) return skip("There is none yet; it is made at the first start.");
    const { version, newest } = found;
    if (version > newest) {
      return fail(
        `It has schema version ${version}; this lettabox knows versions up to ${newest}.`,
        `Run the newer lettabox that wrote it, or go back to a copy in ${join(dataDir, "backups")}.`,
      );
    }
    if (version < newest) {
      return ok(`It has schema version ${version}; the next start copies it and brings it to ${newest}.`);
    }
    return ok(`It has schema version ${version}, the newest.`);
  },
};

/** Undefined where there is no file. */
const readKeyFile = async (path: string): Promise<Secret | undefined> => {
  try {
    return secret((await readFile(path, "utf8")).trim());
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
};

export const masterKey: Check = {
  name: "master-key",
  async run({ config: { dataDir, encryptionMasterKeys } }) {
    const path = join(dataDir, "master.key");
    const file = await readKeyFile(path);
    const [newest, ...older] = [...encryptionMasterKeys, ...(file === undefined ? [] : [file])];
    const canary = inspectDatabase(dataDir)?.canary;
    const putBack = `Put back the earlier ${path} or ENCRYPTION_MASTER_KEY. If it is lost for good: lettabox keys reset --forget-secrets`;
    if (file !== undefined && file.reveal().length < masterKeyMinChars) return fail(`${path} holds no key.`, putBack);
    if (newest === undefined) {
      return canary === undefined
        ? skip("There is none yet; it is made at the first start.")
        : fail("There is no master key, but something is sealed with one.", putBack);
    }
    if (canary === undefined) return ok("Nothing is sealed yet.");
    try {
      checkCanary(keyRing(newest, ...older), canary);
      return ok("It opens what is sealed.");
    } catch (error) {
      if (error instanceof Fault) return fail("It does not open what is sealed.", putBack);
      throw error;
    }
  },
};
