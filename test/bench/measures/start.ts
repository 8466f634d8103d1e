/** From the start of the binary to its first 200, and what it is like: size and memory. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, tempDir } from "../box.ts";
import { freePort } from "../program.ts";
import { median } from "../stats.ts";
import { amount, atMost, type Row } from "../table.ts";

const rounds = 9;

/** Whether something answers 200 there. A socket of its own: a client that tries again by itself would not tell when. */
const answers = async (port: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  try {
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, chunk) => resolve(chunk.toString("latin1").startsWith("HTTP/1.1 200")),
        close: () => resolve(false),
        error: () => resolve(false),
      },
    });
    socket.write("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    const answered = await promise;
    socket.end();
    return answered;
  } catch {
    return false; // Nobody listens yet.
  }
};

/** Ms from the start of a program to its first 200. */
const startOnce = async (argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number> => {
  const port = await freePort();
  const from = performance.now();
  // No limit of outgoing requests in the environment: the program has to execute itself anew.
  const child = Bun.spawn([...argv], { env: { ...env, PORT: String(port) }, stdout: "ignore", stderr: "ignore" });
  while (!(await answers(port))) await Bun.sleep(1);
  const took = performance.now() - from;
  child.kill("SIGKILL");
  await child.exited;
  return took;
};

const times = async (start: () => Promise<number>): Promise<number> => {
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) took.push(await start());
  return median(took);
};

/** The least that there is: a binary that does nothing but answer. */
const buildFloor = async (dir: string): Promise<string> => {
  const source = join(dir, "floor.ts");
  const text = `Bun.serve({ port: Number(process.env["PORT"]), hostname: "127.0.0.1", fetch: () => new Response("ok") });`;
  await Bun.write(source, text);
  const floor = join(dir, "floor");
  const options = ["--compile", "--minify", "--bytecode", "--format=esm", "--outfile", floor];
  await Bun.spawn([process.execPath, "build", ...options, source], { stdout: "ignore", stderr: "ignore" }).exited;
  return floor;
};

export const start = async (): Promise<readonly Row[]> => {
  const dir = mkdtempSync(join(tmpdir(), "lettabox-bench-"));
  const kept = tempDir();
  try {
    const floor = await buildFloor(dir);
    const bare = await times(() => startOnce([floor], {}));
    const fresh = await times(async () => {
      const dataDir = tempDir();
      const took = await startOnce([binary, "serve"], { DATA_DIR: dataDir });
      rmSync(dataDir, { recursive: true });
      return took;
    });
    const known = await times(() => startOnce([binary, "serve"], { DATA_DIR: kept }));
    const beside = `a binary that only answers ${amount(bare)} ms`;
    return [
      atMost("first 200, migrations applied", fresh, 100, "ms", beside),
      atMost("first 200, database known", known, 100, "ms", beside),
    ];
  } finally {
    for (const one of [dir, kept]) rmSync(one, { recursive: true, force: true });
  }
};

/** What is there to compress with, the best first. */
const compressors = [
  ["xz", "-6", "-T0", "-c"],
  ["zstd", "-19", "-T0", "-q", "-c"],
  ["gzip", "-9", "-c"],
] as const;

const mib = (bytes: number): number => bytes / 2 ** 20;

export const size = async (): Promise<readonly Row[]> => {
  const [found] = compressors.filter(([name]) => Bun.which(name));
  if (!found) throw new Error("there is nothing to compress with");
  const child = Bun.spawn([...found, binary], { stdout: "pipe" });
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.byteLength;
  const beside = `${found.slice(0, 2).join(" ")}; raw ${amount(mib(statSync(binary).size))} MiB`;
  return [atMost("compiled binary, compressed", mib(bytes), 50, "MiB", beside)];
};
