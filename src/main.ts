/**
 * The only file that reads the environment and exits. What Bun has to know before a process starts stands in its
 * environment, so a server puts itself in its own place once, with the same pid, before anything is imported.
 */
const runtime = {
  /** Outgoing requests at once; 256 otherwise. */
  BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
  /** The compiler's last tier: it takes 7 MiB of a server that has had traffic, and makes no turn and no token cheaper. */
  BUN_JSC_useFTLJIT: "0",
};
const servers = new Set(["serve", "demo"]);

// `process.argv` begins with `bun` and the script's path, also in a compiled binary, whose script lies in a virtual folder.
const compiled = (process.argv[1] ?? "").startsWith("/$bunfs/");
const args = process.argv.slice(2);

// Windows cannot do that.
const execve = process.platform === "win32" ? undefined : process.execve;

const isSet = Object.keys(runtime).every((name) => process.env[name] !== undefined);
if (servers.has(args[0] ?? "") && !isSet && execve) {
  const argv = [process.execPath, ...(compiled ? args : process.argv.slice(1))];
  execve(process.execPath, argv, { ...runtime, ...process.env });
}

// The code of a start runs once: for its first second, a process compiles only what runs ten times as often as otherwise.
Bun.unsafe.setJITPolicy(10);
setTimeout(() => Bun.unsafe.setJITPolicy(1), 1_000).unref();

// Everything in the data directory is its owner's alone; SQLite would let others read.
process.umask(0o077);

const { runCli } = await import("./cli/cli.ts");

const write = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => stream.write(text, () => resolve()));

// Where nobody reads any more (`| head`) there is nothing to do about it, and a server goes on serving.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

process.exitCode = await runCli({
  args,
  env: process.env,
  cwd: process.cwd(),
  pid: process.pid,
  isTTY: process.stdout.isTTY === true,
  out: (text) => write(process.stdout, text),
  err: (text) => write(process.stderr, text),
  input: () => Bun.stdin.text(),
  onSignal: (listener) => {
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
});
process.exit();
