/**
 * Makes a Python environment with the pinned packages of a Letta server, once per machine, outside the repository; and
 * finds Debian's redis-server, or installs it where that is allowed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const here = import.meta.dir;

const run = async (command: readonly string[], env: Record<string, string> = {}): Promise<void> => {
  const child = Bun.spawn([...command], {
    env: { ...Bun.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (code !== 0)
    throw new Error(
      `${command.join(" ")} failed with ${code}:\n${(out + err).trimEnd().split("\n").slice(-20).join("\n")}`,
    );
};

const cacheDir = (): string => Bun.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");

/** Answers the environment's Python. Throws when a package cannot be installed. */
export const installLetta = async (say: (line: string) => void): Promise<string> => {
  const requirements = join(here, "requirements.txt");
  // Other pins are another environment.
  const pins = new Bun.CryptoHasher("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const venv = join(cacheDir(), `lettabox-letta-0.16.7-${pins}`);
  const python = join(venv, "bin", "python");
  if (existsSync(python)) return python;
  say(`Installing Letta 0.16.7 into ${venv} (once)`);
  const building = `${venv}.${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(cacheDir(), { recursive: true });
  try {
    await run(["python3", "-m", "venv", building]);
    const inside = (name: string): string => join(building, "bin", name);
    await run([inside("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"]);
    // pip's resolver fails on this tree after minutes; every version is pinned, so nothing is left to resolve.
    await run([
      inside("uv"),
      "pip",
      "install",
      "--quiet",
      "--python",
      inside("python"),
      "--no-deps",
      "-r",
      requirements,
    ]);
    // Complete or not there at all: a killed installation is no environment. We call Python by path, so it may move.
    renameSync(building, venv);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return python;
};

/** Answers the path of redis-server. Throws when there is none and it cannot be installed. */
export const installRedis = async (say: (line: string) => void): Promise<string> => {
  const found = Bun.which("redis-server");
  if (found !== null) return found;
  if (process.getuid?.() !== 0)
    throw new Error("redis-server is missing. Install it: sudo apt-get install redis-server");
  say("Installing redis-server (once)");
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  await run(["apt-get", "update", "-qq"], quiet);
  await run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server"], quiet);
  const installed = Bun.which("redis-server");
  if (installed === null) throw new Error("redis-server was installed and cannot be found.");
  return installed;
};
