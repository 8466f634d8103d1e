import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../errors.ts";
import { acquireLock } from "./lock.ts";

let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), "lettabox-lock-"))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

// Says "ready", takes the lock at the first byte of its input, says how that went, and stays until it is killed.
const script = () => `
  import { acquireLock } from ${JSON.stringify(join(import.meta.dir, "lock.ts"))};
  const say = (text) => process.stdout.write(text + "\\n");
  say("ready");
  process.stdin.once("data", () => {
    try {
      acquireLock(${JSON.stringify(dataDir)}, process.pid);
      Bun.gc(true);
      say("held");
    } catch (fault) {
      say(fault.code + " " + fault.message);
    }
  });
`;

const startContender = () => {
  const child = Bun.spawn([process.execPath, "-e", script()], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines = readLines(child.stdout);
  return {
    pid: child.pid,
    line: async () => (await lines.next()).value ?? "",
    go: () => {
      child.stdin.write("go");
      return child.stdin.flush();
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
};

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const bytes of stream) {
    const lines = (pending + decoder.decode(bytes, { stream: true })).split("\n");
    pending = lines.pop() ?? "";
    yield* lines;
  }
}

const refusal = (): Fault => {
  try {
    acquireLock(dataDir, process.pid).release();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("The lock was free.");
};

test("a second process is refused, with the pid of the first and what to do", async () => {
  const first = startContender();
  try {
    expect(await first.line()).toBe("ready");
    await first.go();
    expect(await first.line()).toBe("held");
    const fault = refusal();
    expect(fault.code).toBe("data_dir_locked");
    expect(fault.message).toBe(`Process ${first.pid} already uses the data directory ${dataDir}.`);
    expect(fault.hint).toContain("DATA_DIR");
  } finally {
    await first.kill();
  }
});

test("SIGKILL of the holder frees the lock", async () => {
  const first = startContender();
  expect(await first.line()).toBe("ready");
  await first.go();
  expect(await first.line()).toBe("held");
  await first.kill();
  acquireLock(dataDir, process.pid).release();
});

test("of several that start at once exactly one wins, and the others name it or nobody", async () => {
  // The winner is killed in each round, so that from the second on a dead holder's pid lies there.
  for (let round = 0; round < 4; round++) {
    const contenders = [startContender(), startContender(), startContender()];
    try {
      for (const contender of contenders) expect(await contender.line()).toBe("ready");
      await Promise.all(contenders.map((contender) => contender.go()));
      const results = await Promise.all(contenders.map((contender) => contender.line()));
      const winner = contenders[results.indexOf("held")];
      const losers = results.filter((result) => result !== "held");
      expect(losers).toHaveLength(2);
      // Nobody, where the winner is kept waiting between taking the lock and writing its name.
      const known = [`Process ${winner?.pid}`, "Another process"].map(
        (who) => `data_dir_locked ${who} already uses the data directory ${dataDir}.`,
      );
      for (const loser of losers) expect(known).toContain(loser);
    } finally {
      await Promise.all(contenders.map((contender) => contender.kill()));
    }
  }
});

test("one process cannot take it twice, and being refused does not loosen it", async () => {
  const lock = acquireLock(dataDir, process.pid);
  expect(refusal().message).toContain(`Process ${process.pid} `);
  const other = startContender();
  try {
    expect(await other.line()).toBe("ready");
    await other.go();
    expect(await other.line()).toContain(`data_dir_locked Process ${process.pid} `);
  } finally {
    await other.kill();
  }
  lock.release();
});

test("a lock that nobody refers to is not lost to the garbage collector", () => {
  acquireLock(dataDir, process.pid);
  Bun.gc(true);
  expect(refusal().code).toBe("data_dir_locked");
});

test("release frees the lock, and releasing twice does not free another's", () => {
  const first = acquireLock(dataDir, process.pid);
  first.release();
  const second = acquireLock(dataDir, process.pid);
  first.release();
  expect(refusal().code).toBe("data_dir_locked");
  second.release();
  acquireLock(dataDir, process.pid).release();
});

test("a pid that a dead process left is not blamed", () => {
  acquireLock(dataDir, 2 ** 30);
  expect(refusal().message).toStartWith("Another process already uses");
});

test("nothing is ever written to the lock file", () => {
  const lock = acquireLock(dataDir, process.pid);
  expect(statSync(join(dataDir, "lock")).size).toBe(0);
  lock.release();
  expect(statSync(join(dataDir, "lock")).size).toBe(0);
});

test("a lock file that is something else makes the directory unusable", () => {
  writeFileSync(join(dataDir, "lock"), "not a database, not at all. ".repeat(100));
  expect(refusal().code).toBe("data_dir_unusable");
});

test("a missing data directory is unusable", () => {
  rmSync(dataDir, { recursive: true });
  expect(refusal().code).toBe("data_dir_unusable");
});
