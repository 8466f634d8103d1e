/**
 * The only file that reads the environment and exits. Bun allows 256 outgoing requests at once unless the environment
 * says otherwise before the process starts, so a server puts itself in its own place once, with the same pid, before
 * anything is imported.
 */
const outgoingRequests = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const holdsManyStreams = new Set(["serve", "demo"]);

// `process.argv` begins with `bun` and the script's path, also in a compiled binary, whose script lies in a virtual folder.
const compiled = (process.argv[1] ?? "").startsWith("/$bunfs/");
const args = process.argv.slice(2);

// Windows cannot do that.
const execve = process.platform === "win32" ? undefined : process.execve;

if (holdsManyStreams.has(args[0] ?? "") && process.env[outgoingRequests] === undefined && execve) {
  process.env[outgoingRequests] = "65336";
  execve(process.execPath, [process.execPath, ...(compiled ? args : process.argv.slice(1))], process.env);
}

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
