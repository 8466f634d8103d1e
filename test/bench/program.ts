/** Programs that a measure starts: each prints its address when it is ready, and ends with the bench at the latest. */
import { readFileSync } from "node:fs";

export type Program = {
  readonly url: string;
  readonly pid: number;
  /** SIGTERM, and SIGKILL to what does not go. */
  stop(): Promise<void>;
};

const address = /http:\/\/127\.0\.0\.1:\d+/;
const goMs = 15_000;

const readAddress = (stdout: ReadableStream<Uint8Array>): Promise<string> =>
  new Promise((resolve, reject) => {
    const follow = async (): Promise<void> => {
      const decoder = new TextDecoder();
      let text = "";
      for await (const bytes of stdout) {
        text = (text + decoder.decode(bytes, { stream: true })).slice(-10_000);
        const url = address.exec(text)?.[0];
        if (url !== undefined) resolve(url);
      }
      reject(new Error(`a program ended before it was ready: ${text}`));
    };
    void follow();
  });

const running = new Set<() => void>();
process.on("exit", () => {
  for (const kill of running) kill();
});

/** `pidOf` finds the process to measure and to stop where it is not the one that is started. */
export const startProgram = async (
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  pidOf?: () => number,
): Promise<Program> => {
  const child = Bun.spawn([...argv], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const kill = (): void => child.kill("SIGKILL");
  running.add(kill);
  const url = await readAddress(child.stdout);
  const pid = pidOf?.() ?? child.pid;
  return {
    url,
    pid,
    stop: async () => {
      process.kill(pid, "SIGTERM");
      const late = setTimeout(() => process.kill(pid, "SIGKILL"), goMs);
      await child.exited;
      clearTimeout(late);
      running.delete(kill);
    },
  };
};

/** Runs a script of the load to its end; what it prints is its result. `prefix` stands before its command line. */
export const runLoad = async <Result>(
  script: string,
  args: unknown,
  prefix: readonly string[] = [],
): Promise<Result> => {
  const argv = [...prefix, process.execPath, `${import.meta.dir}/load/${script}`, JSON.stringify(args)];
  const child = Bun.spawn(argv, {
    env: { PATH: process.env["PATH"] ?? "", BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const kill = (): void => child.kill("SIGKILL");
  running.add(kill);
  const text = await new Response(child.stdout).text();
  running.delete(kill);
  if ((await child.exited) !== 0) throw new Error(`${script} failed`);
  return JSON.parse(text) as Result;
};

/** Memory of a process in MiB: all that is resident, and of that what is not part of a file. */
export const memoryOf = (pid: number): { readonly resident: number; readonly anonymous: number } => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  return { resident: mib("VmRSS"), anonymous: mib("RssAnon") };
};

/** Processor time that a process has used so far, in ms. */
export const processorMs = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** A port that nobody listens on right now. */
export const freePort = async (): Promise<number> => {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
};
