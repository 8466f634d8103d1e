/** `lettabox keys reset --forget-secrets`: the way on when the master key is lost. */
import type { Config } from "../config.ts";
import { sealCanary } from "../crypto/canary.ts";
import { loadKeys } from "../crypto/keys.ts";
import { acquireLock } from "../store/lock.ts";
import { openStore } from "../store/store.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";

/** Deletes what is sealed and starts over with the key that is configured now. No server may run. */
export const resetKeys = async (io: Io, config: Config): Promise<ExitCode> => {
  const { dataDir, encryptionMasterKeys: configured } = config;
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
};
