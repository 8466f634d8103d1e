/** Writes that must not be given up because the disk is full or somebody holds the file. */
import { Fault } from "../errors.ts";

/** Between two tries. */
const retryMs = 1_000;

const isStorageFault = (error: unknown): boolean =>
  error instanceof Fault && (error.code === "storage_full" || error.code === "storage_failed");

/** Tries until the write goes through, fails for another reason, or `giveUp` says that nobody is left to wait. */
export const persist = async <T>(write: () => Promise<T>, giveUp: () => boolean, onWait: () => void): Promise<T> => {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isStorageFault(error) || giveUp()) throw error;
      onWait();
      await Bun.sleep(retryMs);
    }
  }
};
