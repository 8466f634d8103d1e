/** The program as users start it: a process of its own, with an empty environment plus what the test gives it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../src/cli/cli.ts";

const main = join(import.meta.dir, "../../src/main.ts");

export type Surroundings = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Words in front of the program's own, which start it in their way. */
  readonly inside?: readonly string[];
};

export type Outcome = { readonly code: number; readonly out: string; readonly err: string };

/** The words that start the program, in front of its arguments. */
export const program: readonly string[] = [process.execPath, main];

const spawn = (args: readonly string[], { cwd, env = {}, input, inside = [] }: Surroundings) =>
  Bun.spawn([...inside, ...program, ...args], {
    cwd,
    env,
    stdin: input === undefined ? "ignore" : new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });

/** Runs it to its end. */
export const run = async (args: readonly string[], surroundings: Surroundings): Promise<Outcome> => {
  const child = spawn(args, surroundings);
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
};

/** The same in this process, which is quicker: for what needs no process of its own. */
export const runHere = async (args: readonly string[], surroundings: Surroundings): Promise<Outcome> => {
  const { cwd, env = {}, input = "" } = surroundings;
  const text = { out: "", err: "" };
  const add = (name: keyof typeof text) => (more: string) => {
    text[name] += more;
    return Promise.resolve();
  };
  const code = await runCli({
    args,
    env,
    cwd,
    pid: process.pid,
    isTTY: false,
    out: add("out"),
    err: add("err"),
    input: () => Promise.resolve(input),
    onSignal: () => () => undefined,
  });
  return { code, ...text };
};

export type Running = {
  readonly pid: number;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves with standard output once it matches, or the process has ended. */
  until(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number>;
};

/** Starts it and lets it run. */
export const start = (args: readonly string[], surroundings: Surroundings): Running => {
  const child = spawn(args, surroundings);
  const text = { out: "", err: "" };
  const watchers = new Set<() => void>();
  let over = false;
  const gather = async (stream: ReadableStream<Uint8Array>, name: "out" | "err"): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      text[name] += decoder.decode(bytes, { stream: true });
      for (const watcher of watchers) watcher();
    }
  };
  const gathered = Promise.all([gather(child.stdout, "out"), gather(child.stderr, "err")]);
  const exited = child.exited.then(async (code) => {
    await gathered;
    over = true;
    for (const watcher of watchers) watcher();
    return code;
  });
  return {
    pid: child.pid,
    out: () => text.out,
    err: () => text.err,
    until: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!pattern.test(text.out) && !over) return;
          watchers.delete(look);
          resolve(text.out);
        };
        watchers.add(look);
        look();
      }),
    kill: (signal) => child.kill(signal),
    exited,
  };
};

export type Server = Running & {
  readonly url: string;
  readonly token: string;
  /** Stops it with SIGTERM and answers the exit code. */
  stop(): Promise<number>;
};

/** `lettabox serve` on a port that the system chose; throws what it said when it does not start. */
export const startServer = async (surroundings: Surroundings, ...args: readonly string[]): Promise<Server> => {
  const running = start(["serve", "--port", "0", ...args], surroundings);
  const welcome = await running.until(/\ncurl .*\n/);
  const url = /API +(http:\/\/\S+)\/api\/v1\/chat/.exec(welcome)?.[1];
  const tokenPath = /Token +(.*) \(admin/.exec(welcome)?.[1];
  if (url === undefined || tokenPath === undefined) {
    running.kill("SIGKILL");
    throw new Error(`it did not start: ${running.err()}`);
  }
  return {
    ...running,
    url,
    get token() {
      return readFileSync(tokenPath, "utf8").trim();
    },
    stop: () => {
      running.kill("SIGTERM");
      return running.exited;
    },
  };
};
