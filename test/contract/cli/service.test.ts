/** `lettabox service`: what it writes, what it asks of systemd, and what it leaves alone. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exitCodes, type Io, reportFault } from "../../../src/cli/io.ts";
import { createInstallService } from "../../../src/cli/service-install.ts";
import { createServiceStatus } from "../../../src/cli/service-status.ts";
import { createUninstallService } from "../../../src/cli/service-uninstall.ts";
import { tempDir } from "../../support/app.ts";

const program = "/usr/local/bin/lettabox";

/** A machine of its own below a temporary directory: its root, a home, and a `systemctl` that writes down what it is told. */
let root: string;
let home: string;
let unitPath: string;
let asked: string;

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

/** `systemctl`, with these lines between writing down and ending well. */
const installSystemctl = (body = ""): void => {
  write(join(home, "bin/systemctl"), `#!/bin/sh\necho "$@" >>"${asked}"\n${body}\n`);
  chmodSync(join(home, "bin/systemctl"), 0o755);
};

beforeEach(() => {
  root = tempDir();
  home = join(root, "home");
  unitPath = join(root, "etc/systemd/system/lettabox.service");
  asked = join(root, "asked");
  mkdirSync(join(root, "run/systemd/system"), { recursive: true });
  write(asked, "");
  installSystemctl();
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

type Given = Parameters<ReturnType<typeof createInstallService>["run"]>[0]["given"];

const commands = { install: createInstallService, uninstall: createUninstallService, status: createServiceStatus };

const service = async (name: keyof typeof commands, given: Given & { readonly json?: true } = {}) => {
  const text = { out: "", err: "" };
  const io: Io = {
    args: [],
    env: { PATH: `${join(home, "bin")}:/usr/bin:/bin`, HOME: home },
    cwd: "/usr/local/bin",
    pid: 1,
    isTTY: false,
    out: (more) => Promise.resolve(void (text.out += more)),
    err: (more) => Promise.resolve(void (text.err += more)),
    input: () => Promise.resolve(""),
    onSignal: () => () => undefined,
  };
  const code = await commands[name](root)
    .run({ io, given, args: [] })
    .catch((error: unknown) => reportFault(io, error));
  return { code, ...text, asked: readFileSync(asked, "utf8").trim().split("\n") };
};

const binary = "lettabox";

describe("service install", () => {
  test("writes the unit, and has systemd read, enable and start it", async () => {
    const { code, out, asked: words } = await service("install", { binary });
    expect(code).toBe(exitCodes.ok);
    expect(words).toEqual(["--version", "daemon-reload", "enable lettabox.service", "restart lettabox.service"]);
    const unit = readFileSync(unitPath, "utf8");
    expect(unit).toContain(`\nExecStart=${program} serve\n`);
    expect(unit).toContain("\nWantedBy=multi-user.target\n");
    expect(out).toContain(unitPath);
    expect(existsSync(`${unitPath}.new`)).toBe(false);
  });

  test("everybody may read the unit, although what a server writes is its owner's alone", async () => {
    const mask = process.umask(0o077);
    try {
      await service("install", { binary });
    } finally {
      process.umask(mask);
    }
    expect(statSync(unitPath).mode & 0o777).toBe(0o644);
  });

  test("replaces its own unit", async () => {
    await service("install", { binary });
    await service("install", { binary: "/opt/lettabox" });
    expect(readFileSync(unitPath, "utf8")).toContain("\nExecStart=/opt/lettabox serve\n");
  });

  test("gives the secrets that lie in systemd's stores, the encrypted one first, and no word of them", async () => {
    write(join(root, "etc/credstore/lettabox.LETTA_API_KEY"), "canary-1");
    write(join(root, "etc/credstore/lettabox.LETTABOX_API_KEY"), "canary-2");
    write(join(root, "etc/credstore.encrypted/lettabox.LETTABOX_API_KEY"), "canary-3");
    write(join(root, "etc/credstore/lettabox.PATH"), "canary-4");
    await service("install", { binary });
    const unit = readFileSync(unitPath, "utf8");
    expect(unit.match(/^Load.*$/gm)?.toSorted()).toEqual([
      "LoadCredential=LETTA_API_KEY:/etc/credstore/lettabox.LETTA_API_KEY",
      "LoadCredentialEncrypted=LETTABOX_API_KEY:/etc/credstore.encrypted/lettabox.LETTABOX_API_KEY",
    ]);
    expect(unit).not.toContain("canary");
  });

  test("only says what it would do with --dry-run, also where there is no systemd", async () => {
    rmSync(join(root, "run"), { recursive: true });
    const { code, out, err, asked: words } = await service("install", { binary, dryRun: true });
    expect({ code, words }).toEqual({ code: exitCodes.ok, words: [""] });
    expect(out).toStartWith("# Written by `lettabox service install`.\n");
    expect(err).toContain(`${unitPath}, and then:\nsystemctl daemon-reload\n`);
    expect(existsSync(unitPath)).toBe(false);
  });

  test("--user writes into the user's own directory and asks the user's systemd", async () => {
    const { code, asked: words } = await service("install", { binary: "/home/ann/lettabox", user: true });
    expect(code).toBe(exitCodes.ok);
    expect(words.every((line) => line.startsWith("--user "))).toBe(true);
    const unit = readFileSync(join(home, ".config/systemd/user/lettabox.service"), "utf8");
    expect(unit).toContain("\nWantedBy=default.target\n");
    // A user's systemd has no right to these.
    for (const machineWide of ["DynamicUser", "StateDirectory", "PrivateUsers", "LoadCredential"]) {
      expect(unit).not.toContain(`\n${machineWide}=`);
    }
    expect(existsSync(unitPath)).toBe(false);
  });

  test("a path is one word of the unit, whatever is in it", async () => {
    await service("install", { binary: '/opt/a "b" 100%/$HOME\\x' });
    expect(readFileSync(unitPath, "utf8")).toContain(String.raw`ExecStart="/opt/a \"b\" 100%%/$$HOME\\x" serve`);
  });

  test("a unit that somebody else wrote is left alone", async () => {
    write(unitPath, "[Service]\nExecStart=/bin/true\n");
    const { code, err, asked: words } = await service("install", { binary });
    expect({ code, words }).toEqual({ code: exitCodes.failed, words: [""] });
    expect(err).toContain("was not written by lettabox");
    expect(readFileSync(unitPath, "utf8")).toBe("[Service]\nExecStart=/bin/true\n");
  });

  test.each(["/home/ann/lettabox", "/root/bin/lettabox", "/tmp/lettabox"])(
    "a program that the service could not see is refused: %s",
    async (path) => {
      const { code, err } = await service("install", { binary: path });
      expect({ code, unit: existsSync(unitPath) }).toEqual({ code: exitCodes.failed, unit: false });
      expect(err).toContain("/usr/local/bin");
    },
  );

  test("without systemd nothing is written", async () => {
    rmSync(join(root, "run"), { recursive: true });
    const { code, err } = await service("install", { binary });
    expect({ code, unit: existsSync(unitPath) }).toEqual({ code: exitCodes.failed, unit: false });
    expect(err).toContain("systemd does not run on this machine.");
  });

  test("a directory that may not be written is told", async () => {
    write(join(root, "etc/systemd"), "a file");
    const { code, err } = await service("install", { binary });
    expect({ code, err }).toEqual({
      code: exitCodes.failed,
      err: `lettabox: ${unitPath} cannot be written (ENOTDIR).\n`,
    });
  });

  test("a server that does not start is a failure that says where to look", async () => {
    installSystemctl('[ "$1" != restart ] || { echo "Job failed." >&2; exit 1; }');
    const { code, err } = await service("install", { binary });
    expect(code).toBe(exitCodes.failed);
    expect(err).toBe(
      "lettabox: systemctl restart lettabox.service: Job failed.\nSee why with: journalctl -u lettabox -n 30\n",
    );
  });
});

describe("service uninstall", () => {
  test("takes away what install wrote and nothing else", async () => {
    const own = [
      "etc/lettabox/lettabox.yaml",
      "var/lib/lettabox/lettabox.sqlite",
      "etc/credstore/lettabox.LETTA_API_KEY",
    ];
    const change = "etc/systemd/system/lettabox.service.d/mine.conf";
    for (const path of [...own, change]) write(join(root, path), "mine");
    await service("install", { binary });
    const { code, out, asked: words } = await service("uninstall");
    expect(code).toBe(exitCodes.ok);
    expect(words.slice(-2)).toEqual(["disable --now lettabox.service", "daemon-reload"]);
    expect(existsSync(unitPath)).toBe(false);
    for (const path of [...own, change]) expect(readFileSync(join(root, path), "utf8")).toBe("mine");
    expect(out).toBe(`Removed ${unitPath}.\nKept /var/lib/lettabox and ${unitPath}.d.\n`);
  });

  test("has nothing to do where nothing is installed", async () => {
    expect(await service("uninstall")).toMatchObject({ code: exitCodes.ok, asked: [""] });
  });

  test("only says what it would do with --dry-run", async () => {
    await service("install", { binary });
    const { err } = await service("uninstall", { dryRun: true });
    expect(err).toContain(`systemctl disable --now lettabox.service\nrm ${unitPath}\n`);
    expect(existsSync(unitPath)).toBe(true);
  });

  test("a unit that somebody else wrote is left alone", async () => {
    write(unitPath, "[Service]\n");
    expect(await service("uninstall")).toMatchObject({ code: exitCodes.failed, asked: [""] });
    expect(existsSync(unitPath)).toBe(true);
  });

  test("a server that cannot be stopped keeps its unit", async () => {
    await service("install", { binary });
    installSystemctl("exit 1");
    expect((await service("uninstall")).code).toBe(exitCodes.failed);
    expect(existsSync(unitPath)).toBe(true);
  });
});

describe("service status", () => {
  const printed = "ActiveState=active\nStatusText=http://127.0.0.1:8080, a=b\nMainPID=7\nOther=x\n";

  test("tells what systemd knows, and 0 only while it runs", async () => {
    await service("install", { binary });
    installSystemctl(`printf '${printed}'`);
    const { code, out } = await service("status", { json: true });
    expect(code).toBe(exitCodes.ok);
    expect(JSON.parse(out) as unknown).toEqual({
      unit: unitPath,
      installed: true,
      state: "active",
      says: "http://127.0.0.1:8080, a=b",
      pid: "7",
    });
    installSystemctl("echo ActiveState=failed");
    const failed = await service("status");
    expect(failed.code).toBe(exitCodes.unavailable);
    expect(failed.out).toMatch(/^state +failed$/m);
  });

  test("says where nothing is installed", async () => {
    const { code, out } = await service("status", { json: true });
    expect({ code, out }).toEqual({
      code: exitCodes.unavailable,
      out: `${JSON.stringify({ unit: unitPath, installed: false })}\n`,
    });
  });
});
