/** `lettabox keys reset --forget-secrets`: the way on when the master key is lost. */
import type { Flags } from "../config/config.ts";
import { configure } from "./configure.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Subcommand } from "./subcommand.ts";

/** Deletes what is sealed and starts over with the key that is configured now. No server may run. */
export const resetKeys: Subcommand<Partial<Flags>> = {
  usage: "keys reset",
  about: "start over with the present master key, after the earlier one is lost",
  options: [
    ...configOptions,
    {
      flags: "--forget-secrets",
      about: "agree that everything sealed with the lost key is deleted",
      required: true,
    },
  ],
  examples: ["lettabox keys reset --forget-secrets"],
  async run({ io, given }) {
    const { dataDir, encryptionMasterKeys: configured } = await configure(io, given);
    const { ensureDataDir } = await import("../store/data-dir.ts");
    const { acquireLock } = await import("../store/lock.ts");
    const { openStore } = await import("../store/store.ts");
    const { sealCanary } = await import("../crypto/canary.ts");
    const { loadKeys } = await import("../crypto/keys.ts");
    ensureDataDir(dataDir);
    const lock = acquireLock(dataDir, io.pid);
    try {
      const { ring } = loadKeys({ configured, dataDir });
      const store = await openStore({ dataDir });
      try {
        const forgotten = await store.write.forgetSecrets({ canary: sealCanary(ring) });
        await io.out(`The present master key is in force. Secrets forgotten: ${forgotten}.\n`);
      } finally {
        await store.close();
      }
    } finally {
      lock.release();
    }
    return exitCodes.ok;
  },
};
