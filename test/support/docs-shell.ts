/**
 * Runs the `sh` fences of a page, top to bottom, in one shell with `set -eu`, the way a reader would paste them:
 * `lettabox` and `npx -y bun@…` run this checkout (`lettabox` the compiled program that `LETTABOX_BINARY` in the
 * environment names, if it does), the home directory is new and empty, and nothing else is in the
 * environment. A fence that starts a server (`… run start`, `lettabox serve`, `lettabox demo`) holds that one line; it
 * runs in the background on a free port, and later fences have that port where they write the documented one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";

export type Shell = {
  /** What the text printed to standard output. Throws with everything it said when a command in it fails. */
  run(text: string): Promise<string>;
  readonly home: string;
  /** Ends the shell and whatever it started. */
  stop(): Promise<void>;
};

const root = join(import.meta.dir, "../..");
const bunVersion = "1.4.5";
/** Longest that one fence may take. */
export const stuckMs = 30_000;

const startsServer = /^(\w+=\S+ )*(npx -y bun@\S+ run start|lettabox (serve|demo)\b.*)$/;

const binary = Bun.env["LETTABOX_BINARY"];
const compiled = (path: string): string => `"${isAbsolute(path) ? path : join(process.cwd(), path)}"`;
const lettabox = binary === undefined ? `bun "${join(root, "src/main.ts")}"` : compiled(binary);

const programs: Readonly<Record<string, string>> = {
  lettabox: `exec ${lettabox} "$@"`,
  npx: `[ "$1 $2" = "-y bun@${bunVersion}" ] || exit 64\nshift 2\ncd "${root}"\nexec bun "$@"`,
};

/** Programs that README and docs use and a machine may lack. */
export const missingPrograms = (): readonly string[] => ["sh", "curl"].filter((name) => Bun.which(name) === null);

const writePrograms = (folder: string): void => {
  mkdirSync(folder);
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  symlinkSync(process.execPath, join(folder, "bun"));
};

/** Resolves when the shell has written the line to its standard output; rejects when it ends before. */
const untilSaid = (shell: ChildProcess, line: string, explain: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    let heard = "";
    const settle = (finish: () => void): void => {
      clearTimeout(stuck);
      shell.stdout?.off("data", listen);
      shell.off("exit", fail);
      finish();
    };
    const fail = (): void => settle(() => reject(new Error(explain())));
    const listen = (chunk: Buffer): void => {
      heard += chunk.toString();
      if (heard.includes(line)) settle(resolve);
    };
    const stuck = setTimeout(fail, stuckMs);
    shell.stdout?.on("data", listen);
    shell.on("exit", fail);
  });

const untilListening = async (log: string): Promise<string> => {
  for (const giveUpAt = Date.now() + stuckMs; ; await Bun.sleep(10)) {
    const said = readFileSync(log, "utf8");
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (port !== undefined) return port;
    if (Date.now() > giveUpAt || said.includes("lettabox: ")) throw new Error(`the server did not start:\n${said}`);
  }
};

export const openShell = (): Shell => {
  const home = mkdtempSync(join(tmpdir(), "lettabox-docs-"));
  const bin = join(home, ".bin");
  const notes = join(home, ".notes");
  const work = join(home, "work");
  writePrograms(bin);
  for (const folder of [notes, work]) mkdirSync(folder);
  const shell = spawn("sh", ["-eu"], {
    cwd: work,
    env: { HOME: home, PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, TMPDIR: tmpdir() },
    // Its own process group, so that the end takes the servers along.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  /** Documented port → the one the system chose. */
  const ports = new Map<string, string>();
  let count = 0;

  const said = (name: string): string => readFileSync(join(notes, name), "utf8");

  const give = async (script: string): Promise<string> => {
    count += 1;
    const [file, out, err] = [`${count}.sh`, `${count}.out`, `${count}.err`];
    writeFileSync(join(notes, file), script);
    for (const name of [out, err]) writeFileSync(join(notes, name), "");
    const done = `::${count} done`;
    const ended = untilSaid(shell, done, () => `${script}\nfailed:\n${said(out)}${said(err)}`);
    const at = (name: string): string => `"${join(notes, name)}"`;
    shell.stdin?.write(`. ${at(file)} </dev/null >${at(out)} 2>${at(err)}\necho "${done}"\n`);
    await ended;
    return said(out);
  };

  const serve = async (command: string): Promise<string> => {
    const documented = /--port (\d+)/.exec(command)?.[1] ?? "8080";
    const log = join(notes, `server-${count}.log`);
    writeFileSync(log, "");
    const free = command.replace(/--port \d+/, "--port 0");
    await give(`PORT=0 ${free} >"${log}" 2>&1 &`);
    const port = await untilListening(log);
    ports.set(documented, port);
    if (documented === "8080") await give(`PORT=${port}; export PORT`);
    return readFileSync(log, "utf8");
  };

  return {
    home,
    run: (text) => {
      let command = text;
      for (const [documented, port] of ports) {
        command = command.replaceAll(
          new RegExp(`(127\\.0\\.0\\.1|localhost):${documented}\\b`, "g"),
          `127.0.0.1:${port}`,
        );
      }
      return startsServer.test(command.trim()) ? serve(command.trim()) : give(command);
    },
    stop: async () => {
      const gone = new Promise((resolve) => shell.once("exit", resolve));
      const { pid } = shell;
      if (pid !== undefined && shell.exitCode === null) {
        process.kill(-pid, "SIGKILL");
        await gone;
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
};
