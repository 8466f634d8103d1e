/** A process of the test: one that prints its address once it is ready. */
import { closeSync, openSync } from "node:fs";

export type Command = {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The file to which its standard error is added. */
  readonly log: string;
};

export type Child = {
  /** The address it printed; pending for ever when it was killed before. */
  readonly ready: Promise<string>;
  /** How it ended, when it has: a signal's name or an exit code. */
  readonly gone: Promise<string>;
  /** SIGKILL; resolves when the process is dead. */
  kill(): Promise<void>;
};

// With what follows it, so that a port is never read before its last digit has come.
const address = /http:\/\/127\.0\.0\.1:\d+(?=[\s/])/;

const findAddress = async (stdout: ReadableStream<Uint8Array>, found: (url: string) => void): Promise<void> => {
  const decoder = new TextDecoder();
  let text = "";
  // Read to its end, so that the pipe never fills.
  for await (const bytes of stdout) {
    if (text.length < 100_000) text += decoder.decode(bytes, { stream: true });
    const url = address.exec(text)?.[0];
    if (url !== undefined) found(url);
  }
};

export const startChild = ({ argv, cwd, env, log }: Command): Child => {
  const ready = Promise.withResolvers<string>();
  const stderr = openSync(log, "a");
  const child = Bun.spawn([...argv], { cwd, env, stdin: "ignore", stdout: "pipe", stderr });
  closeSync(stderr);
  void findAddress(child.stdout, ready.resolve);
  const gone = child.exited.then((code) => String(child.signalCode ?? `exit code ${code}`));
  return {
    ready: ready.promise,
    gone,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
};
