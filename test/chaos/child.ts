/** A process of the test. */
import { openSync } from "node:fs";

export type Command = {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it writes is added here. */
  readonly log: string;
};

export type Child = {
  /** The address it printed; pending for ever when it was killed before. */
  readonly ready: Promise<string>;
  /** Its exit code or signal, when it has gone. */
  readonly gone: Promise<string>;
  /** SIGKILL; resolves when the process is dead. */
  kill(): Promise<void>;
};

const address = /http:\/\/127\.0\.0\.1:\d+/;

const watch = async (stdout: ReadableStream<Uint8Array>, log: string, found: (url: string) => void): Promise<void> => {
  const copy = Bun.file(log).writer();
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stdout) {
    copy.write(bytes);
    text += decoder.decode(bytes, { stream: true });
    const url = address.exec(text)?.[0];
    if (url !== undefined) found(url);
    text = text.slice(text.lastIndexOf("\n") + 1);
  }
  await copy.end();
};

/** Starts a program that prints its address on loopback once it is ready. */
export const startChild = ({ argv, cwd, env, log }: Command): Child => {
  const ready = Promise.withResolvers<string>();
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...env, PATH: "/usr/bin:/bin" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: openSync(log, "a"),
  });
  void watch(child.stdout, `${log}.${child.pid}.out`, ready.resolve);
  const gone = child.exited.then((code) => child.signalCode ?? `exit code ${code}`);
  return {
    ready: ready.promise,
    gone,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
};
