/** A program that the tests start: its output goes to a file, and whoever started it can end it by its process id. */
import { readFileSync } from "node:fs";

export type Program = {
  readonly pid: number;
  /** Whether it has ended by itself or by our hand. */
  readonly ended: () => boolean;
  /** Sends the signal and waits until the process is gone. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** The last lines it wrote. */
  tail(): string;
};

export type ProgramOptions = {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly cwd: string;
};

/** Longest that a program may take to end after SIGTERM before it is killed. */
const patienceMs = 10_000;

export const startProgram = ({ command, env, logFile, cwd }: ProgramOptions): Program => {
  const log = Bun.file(logFile);
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...Bun.env, ...env },
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  return {
    pid: child.pid,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      const force = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      await child.exited;
      clearTimeout(force);
    },
    tail: () => readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-20).join("\n"),
  };
};

/** Waits until `answers` is true. Throws with the program's last words when it ends first or `withinMs` have passed. */
export const untilReady = async (
  program: Program,
  name: string,
  answers: () => Promise<boolean>,
  withinMs: number,
): Promise<void> => {
  const giveUpAt = Date.now() + withinMs;
  while (!(await answers().catch(() => false))) {
    if (program.ended()) throw new Error(`${name} ended while it was starting:\n${program.tail()}`);
    if (Date.now() > giveUpAt)
      throw new Error(`${name} did not answer within ${withinMs / 1_000} s:\n${program.tail()}`);
    await Bun.sleep(100);
  }
};
