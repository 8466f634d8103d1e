/** The install script against a release on a server of this machine, with a program of one line in it. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { tar } from "./archive.ts";

const script = join(import.meta.dir, "install.sh");
const missing = ["sh", "xz", "tar", "curl"].filter((name) => Bun.which(name) === null);
const needs = missing.length > 0 ? ` (needs ${missing.join(", ")})` : "";

let folder: string;
let home: string;
let files: Map<string, Uint8Array | string>;
let server: Bun.Server<undefined>;

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
};

/** A program of the machine that says something else. */
const pretend = (name: string, output: string): void =>
  write(join(folder, "bin", name), `#!/bin/sh\nprintf '%s\\n' ${output}\n`);

const archiveOf = (program: string, name: string): Uint8Array => {
  const entry = { path: `${name}/lettabox`, bytes: Buffer.from(program), executable: true };
  return Bun.spawnSync(["xz", "-0", "-c"], { stdin: tar([entry], new Date(0)) }).stdout;
};

/** Puts a release for these targets on the server. */
const publish = (targets: readonly string[], program = "#!/bin/sh\necho 1.2.3\n"): void => {
  files = new Map();
  let sums = "";
  for (const target of targets) {
    const name = `lettabox-1.2.3-${target}`;
    const bytes = archiveOf(program, name);
    files.set(`${name}.tar.xz`, bytes);
    sums += `${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  ${name}.tar.xz\n`;
  }
  files.set("SHA256SUMS", sums);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lettabox-install-"));
  home = join(folder, "home");
  mkdirSync(home);
  mkdirSync(join(folder, "tmp"));
  pretend("uname", '"$([ "$1" = -s ] && echo Linux || echo x86_64)"');
  pretend("ldd", '"ldd (GNU libc) 2.36"');
  pretend("id", "1000");
  publish(["linux-x64", "linux-x64-musl", "linux-arm64", "darwin-arm64"]);
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      const file = files.get(new URL(request.url).pathname.replace("/download/", ""));
      return file === undefined ? new Response("no", { status: 404 }) : new Response(file as string);
    },
  });
});

afterEach(async () => {
  await server.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

const url = () => `http://127.0.0.1:${server.port}/download/`;

/** Runs a script with a home of its own; `curl … | sh` when it comes from standard input. */
const runScript = async (words: readonly string[], stdin: "ignore" | Blob = "ignore") => {
  const child = Bun.spawn(["sh", ...words], {
    cwd: folder,
    env: { HOME: home, PATH: `${join(folder, "bin")}:/usr/bin:/bin`, TMPDIR: join(folder, "tmp") },
    stdin,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const left = Bun.spawnSync(["ls", "-A", join(folder, "tmp")]).stdout.toString();
  return { code, out, err, left };
};

const install = (...words: readonly string[]) => runScript([script, ...words]);
const installed = () => join(home, ".local/bin/lettabox");

describe.skipIf(missing.length > 0)(`install.sh${needs}`, () => {
  test("fetches, checks and installs the program for this machine, and leaves nothing else", async () => {
    const { code, out, left } = await install("--from", url());
    expect({ code, left }).toEqual({ code: 0, left: "" });
    expect(out).toContain("Fetching lettabox-1.2.3-linux-x64.tar.xz\n");
    expect(out).toContain(`Installed lettabox 1.2.3 in ${home}/.local/bin\n`);
    expect(statSync(installed()).mode & 0o777).toBe(0o755);
    expect(Bun.spawnSync(["ls", "-A", dirname(installed())]).stdout.toString()).toBe("lettabox\n");
  });

  test("works when it is piped into sh", async () => {
    const text = new Blob([readFileSync(script, "utf8")]);
    expect((await runScript(["-s", "--", "--from", url()], text)).code).toBe(0);
    expect(existsSync(installed())).toBe(true);
  });

  test("takes what lies beside it when nothing else is said", async () => {
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    writeFileSync(join(folder, "install.sh"), readFileSync(script));
    expect((await runScript([join(folder, "install.sh")])).code).toBe(0);
    expect(existsSync(installed())).toBe(true);
  });

  test.each([
    ["Linux", "x86_64", "musl libc (x86_64)", "linux-x64-musl"],
    ["Linux", "aarch64", "ldd (GNU libc)", "linux-arm64"],
    ["Darwin", "arm64", "", "darwin-arm64"],
  ])("%s on %s with %p gets %s", async (system, machine, ldd, target) => {
    pretend("uname", `"$([ "$1" = -s ] && echo ${system} || echo ${machine})"`);
    pretend("ldd", `"${ldd}"`);
    expect((await install("--from", url())).out).toContain(`Fetching lettabox-1.2.3-${target}.tar.xz\n`);
  });

  test("a machine that the release has nothing for is told what there is", async () => {
    pretend("uname", '"$([ "$1" = -s ] && echo Linux || echo riscv64)"');
    const { code, err } = await install("--from", url());
    expect(code).toBe(1);
    expect(err).toBe(
      "install.sh: this release has no binary for linux-riscv64; it has:\n  linux-x64\n  linux-x64-musl\n  linux-arm64\n  darwin-arm64\n",
    );
  });

  test("an archive that is not what SHA256SUMS says is not installed, and what was there stays", async () => {
    write(installed(), "the earlier one");
    files.set("lettabox-1.2.3-linux-x64.tar.xz", archiveOf("#!/bin/sh\necho evil\n", "lettabox-1.2.3-linux-x64"));
    const { code, err, left } = await install("--from", url());
    expect({ code, left }).toEqual({ code: 1, left: "" });
    expect(err).toContain("is damaged: its checksum is not the one in SHA256SUMS");
    expect(readFileSync(installed(), "utf8")).toBe("the earlier one");
  });

  test("a program that does not run here does not replace the one that does", async () => {
    write(installed(), "the earlier one");
    publish(["linux-x64"], "#!/bin/sh\necho 'wrong machine' >&2\nexit 1\n");
    const { code, err } = await install("--from", url());
    expect({ code, err }).toEqual({ code: 1, err: "install.sh: the program does not run here: wrong machine\n" });
    expect(readFileSync(installed(), "utf8")).toBe("the earlier one");
  });

  test("a release that is not there, or not whole, is an error", async () => {
    files.delete("lettabox-1.2.3-linux-x64.tar.xz");
    expect((await install("--from", url())).err).toContain("lettabox-1.2.3-linux-x64.tar.xz cannot be fetched from");
    files.clear();
    expect((await install("--from", url())).err).toContain("there is no SHA256SUMS at");
    expect(await runScript(["-s"], new Blob([readFileSync(script, "utf8")]))).toMatchObject({
      code: 1,
      err: "install.sh: where is the release? --from URL\n",
    });
    expect(existsSync(installed())).toBe(false);
  });

  test("--to says where, and root has /usr/local/bin", async () => {
    const to = join(folder, "a place");
    expect((await install("--from", url(), "--to", to)).code).toBe(0);
    expect(existsSync(join(to, "lettabox"))).toBe(true);
    // Without a home to fall back on, and with nothing fetched.
    pretend("id", "0");
    files.clear();
    const { out, err } = await runScript(["-x", script, "--from", url()]);
    expect(out + err).toContain("to=/usr/local/bin");
  });

  test("a folder that may not be written is told", async () => {
    writeFileSync(join(folder, "a-file"), "");
    const { code, err } = await install("--from", url(), "--to", join(folder, "a-file"));
    expect(code).toBe(1);
    expect(err).toContain("with sudo, or choose another with --to");
  });

  test("--uninstall takes the program away, and says where there is none", async () => {
    await install("--from", url());
    expect((await install("--uninstall")).code).toBe(0);
    expect(existsSync(installed())).toBe(false);
    expect((await install("--uninstall")).err).toBe(`install.sh: there is no ${installed()}\n`);
  });

  test("--help shows the options; others are refused", async () => {
    const { code, out } = await install("--help");
    expect(code).toBe(0);
    for (const option of ["--from URL", "--to DIR", "--uninstall"]) expect(out).toContain(option);
    expect(out).not.toContain("set -eu");
    expect(await install("--form", "x")).toMatchObject({ code: 1, err: "install.sh: there is no option --form\n" });
    expect((await install("--to")).err).toBe("install.sh: --to needs a value\n");
  });
});

const noShellcheck = Bun.which("shellcheck") === null ? " (needs shellcheck)" : "";

test.skipIf(noShellcheck !== "")(`shellcheck finds nothing in it${noShellcheck}`, () => {
  const { stdout, exitCode } = Bun.spawnSync(["shellcheck", "--shell=sh", script]);
  expect({ exitCode, said: stdout.toString() }).toEqual({ exitCode: 0, said: "" });
});
