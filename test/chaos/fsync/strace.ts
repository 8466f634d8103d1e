/** strace: what a process asks of the system, and a way to kill it at an exact place. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, type Command, startChild } from "../child.ts";

/** The calls with which bytes come in, are kept, are made to last, and go out. */
export const everyStep = "read,recvfrom,recvmsg,pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg";
export const keepingSteps = "pwrite64,fsync,fdatasync";
export const syncs = "fsync,fdatasync";

export type Tracing = {
  /** System calls to write down, separated by commas. */
  readonly calls: string;
  /** What to do to some of them, in strace's words, like `fsync:signal=SIGKILL:when=3`. A thread counts for itself. */
  readonly inject?: string;
};

/** Longest text of one call that is written down: a page of the database fits. */
const textBytes = 5_000;

/** With this only the calls that are asked for are slowed down. Signals are not injected then (strace 6.1). */
const selective = "--seccomp-bpf";

/** The same program under strace, which writes what it sees to `trace`. */
const traced = (command: Command, trace: string, { calls, inject }: Tracing): Command => {
  const options = ["-f", "-qq", "-ttt", "-yy", "-s", String(textBytes), "-e", `trace=${calls}`];
  const injected = inject === undefined ? [] : ["-e", `inject=${inject}`];
  if (inject?.includes("signal=") !== true) options.push(selective);
  return { ...command, argv: ["strace", ...options, ...injected, "-o", trace, "--", ...command.argv] };
};

/** Starts a traced program on `dataDir`. Killing it kills the program, not the strace around it, which then ends by itself. */
export const startTraced = (command: Command, dataDir: string, trace: string, tracing: Tracing): Child => {
  const child = startChild(traced(command, trace, tracing));
  return {
    ...child,
    kill: async () => {
      await child.ready;
      const pid = Number(readFileSync(join(dataDir, "lock.pid"), "utf8"));
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It was dead already.
      }
      await child.gone;
    },
  };
};

const works = async (): Promise<boolean> => {
  try {
    const probe = Bun.spawn(["strace", "-f", selective, "-o", "/dev/null", "true"], { stderr: "ignore" });
    return (await probe.exited) === 0;
  } catch {
    return false; // There is no such program.
  }
};

const install = async (): Promise<void> => {
  for (const argv of [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", "strace"],
  ]) {
    try {
      await Bun.spawn(argv, { stdout: "ignore", stderr: "ignore" }).exited;
    } catch {
      return; // No Debian: the caller finds out that strace is still missing.
    }
  }
};

/** Whether processes can be traced here; installs strace if that is all that is missing. */
export const haveStrace = async (): Promise<boolean> => {
  if (await works()) return true;
  if (process.getuid?.() === 0 && !Bun.which("strace")) await install();
  return works();
};
