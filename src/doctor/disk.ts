/** The disk under the data directory: what it is, how much room it has, how long it takes to keep something. */
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type Check, fail, ok, skip, warn } from "./check.ts";
import { modeOf, nearestDir } from "./data-dir.ts";

const memory = "It is in memory: everything is gone after a restart of the machine.";
const network = "It is reached over a network, where SQLite's locks cannot be relied on.";

/** By the number that Linux gives each kind of file system (statfs(2)). */
const kinds: Readonly<Record<number, string>> = {
  0x01021994: memory,
  0x858458f6: memory,
  0x794c7630: "It is a container's own layer: everything is gone with the container.",
  0x6969: network,
  0xff534d42: network,
  0xfe534d42: network,
};

export const diskKind: Check = {
  name: "disk-kind",
  async run({ config: { dataDir } }) {
    if (process.platform !== "linux") return skip("Only known on Linux.");
    const { type } = await statfs(await nearestDir(dataDir));
    const wrong = kinds[type >>> 0];
    return wrong === undefined
      ? ok("It keeps what is written.")
      : warn(wrong, "Put DATA_DIR on a disk of this machine; in a container, on a volume.");
  },
};

const mib = 1024 * 1024;
const roomToStart = 64 * mib;
const roomToLast = 1024 * mib;

export const diskSpace: Check = {
  name: "disk-space",
  async run({ config: { dataDir } }) {
    const { bavail, bsize, files, ffree } = await statfs(await nearestDir(dataDir));
    const bytes = bavail * bsize;
    const text = `${Math.floor(bytes / mib)} MiB are free.`;
    const fix = "Free some space, or put DATA_DIR on a larger disk.";
    if (bytes < roomToStart) return fail(text, fix);
    if (files > 0 && ffree < 100) return fail("No more files can be made (no free inodes).", fix);
    return bytes < roomToLast ? warn(text, fix) : ok(text);
  },
};

const probes = 11;
const slowMs = 50;

/** How long it takes until something small is on disk, in the middle of several tries. */
const syncMs = async (dir: string, abort: AbortSignal): Promise<number> => {
  const path = join(dir, `.doctor-${process.pid}`);
  const file = await open(path, "w", 0o600);
  const page = new Uint8Array(4096);
  const times: number[] = [];
  try {
    for (let probe = 0; probe < probes && !abort.aborted; probe++) {
      const from = performance.now();
      await file.write(page);
      await file.sync();
      times.push(performance.now() - from);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
};

export const diskSync: Check = {
  name: "disk-sync",
  async run({ config: { dataDir } }, abort) {
    if ((await modeOf(dataDir)) === undefined) return skip(`${dataDir} is not there yet.`);
    const ms = await syncMs(dataDir, abort);
    const text = `A message is on disk after ${ms.toFixed(1)} ms.`;
    if (ms < slowMs) return ok(text);
    return warn(
      text,
      "Every answer to a platform waits that long: use a faster disk, or find out what else keeps it busy.",
    );
  },
};
