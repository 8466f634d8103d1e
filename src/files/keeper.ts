/** The folder of outgoing files: bytes lie in it under the number of their row, written whole or not at all. */
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../errors.ts";

export type FileKeeper = {
  /** Resolves when the bytes survive a power cut. Throws `storage_full`, or `internal`; then there is no file. */
  keep(id: number, bytes: Uint8Array): Promise<void>;
  /** Removes a file; that there is none is no failure. */
  remove(id: number): Promise<void>;
  /** Files that have lain there since before this time. */
  olderThan(before: number): Promise<readonly number[]>;
};

/** A name of ours: a number, with an ending while it is being written. */
const ours = /^(\d{1,16})(\.part)?$/;

const storageFault = (cause: unknown): Fault => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return new Fault(code === "ENOSPC" || code === "EDQUOT" ? "storage_full" : "internal", { cause });
};

const closing = async (handle: FileHandle, work: (handle: FileHandle) => Promise<void>): Promise<void> => {
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
};

export const createFileKeeper = (dataDir: string): FileKeeper => {
  const folder = join(dataDir, "files");
  const pathOf = (id: number): string => {
    if (!Number.isSafeInteger(id) || id < 0) throw new Fault("internal", { message: "That is no number of a file." });
    return join(folder, String(id));
  };

  return {
    keep: async (id, bytes) => {
      const path = pathOf(id);
      const part = `${path}.part`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await closing(await open(part, "w", 0o600), async (handle) => {
          await handle.writeFile(bytes);
          await handle.sync();
        });
        await rename(part, path);
        // The name has to be there after a power cut as well.
        await closing(await open(folder, "r"), (handle) => handle.sync());
      } catch (error) {
        // The first failure is the one to tell; half a file that stays is removed by `olderThan`.
        await rm(part, { force: true }).catch(() => undefined);
        throw storageFault(error);
      }
    },
    remove: (id) => rm(pathOf(id), { force: true }),
    olderThan: async (before) => {
      // Before the first file there is no folder; one that cannot be used fails where the next file is kept.
      const names = await readdir(folder).catch(() => []);
      const old: number[] = [];
      for (const name of names) {
        const [, id, part] = ours.exec(name) ?? [];
        // It may have been removed since; one that cannot be looked at is left alone.
        const found = id === undefined ? undefined : await stat(join(folder, name)).catch(() => undefined);
        if (id === undefined || !found || found.mtimeMs >= before) continue;
        // Half a file belongs to nobody.
        if (part !== undefined) await rm(join(folder, name), { force: true });
        else old.push(Number(id));
      }
      return old;
    },
  };
};
