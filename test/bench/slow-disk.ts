/**
 * A disk that takes longer to sync, as the disks of rented machines do. A library that is loaded before libc rests in
 * every `fsync`; nothing else of the process is slowed down. strace could hold syncs up too, but it stops each thread
 * that never syncs at every system call it makes, and so measures itself.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const source = join(import.meta.dir, "load", "slow-sync.c");

/** Lets `work` put a prefix before a command line whose syncs are to take `ms` longer. */
export const withSlowDisk = async <T>(ms: number, work: (prefix: readonly string[]) => Promise<T>): Promise<T> => {
  const dir = mkdtempSync(join(tmpdir(), "lettabox-bench-"));
  try {
    const library = join(dir, "slow-sync.so");
    const compiler = Bun.spawn(["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"]);
    if ((await compiler.exited) !== 0) throw new Error("the slow disk could not be compiled");
    return await work(["env", `LD_PRELOAD=${library}`, `SYNC_DELAY_MS=${ms}`]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

/** Why a disk cannot be slowed down here; undefined where it can. */
export const noSlowDisk: string | undefined =
  process.platform !== "linux" ? "only Linux has LD_PRELOAD" : Bun.which("cc") ? undefined : "there is no C compiler";
