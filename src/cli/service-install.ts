/** `lettabox service install`: writes a systemd unit and starts it. */
import { chmodSync, existsSync, mkdirSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { asFault, Fault } from "../errors.ts";
import { exitCodes, type Io } from "./io.ts";
import { dryRunOption, openManager, type Scope, unitName, type User, userOption } from "./service-manager.ts";
import { type Credential, unitText } from "./service-unit.ts";
import type { Subcommand } from "./subcommand.ts";

type Given = User & { readonly binary?: string; readonly dryRun?: true };

// Under ProtectHome= and PrivateTmp= the service would not see its own program there.
const hidden = /^\/(home|root|run\/user|tmp|var\/tmp)\//;

/** The program that the service is to run: the given one, else this one. */
const programOf = (io: Io, { root, user }: Scope, given: string | undefined): string => {
  const program = given === undefined ? readlinkSync(join(root, "proc/self/exe")) : resolve(io.cwd, given);
  if (given === undefined && basename(program).startsWith("bun")) {
    throw new Fault("service_failed", {
      message: "This is not the compiled program, so it cannot be a service.",
      hint: "Name the compiled one with --binary.",
    });
  }
  if (!user && hidden.test(program)) {
    throw new Fault("service_failed", {
      message: `${program} lies where a service of the machine cannot see it.`,
      hint: "Move it to /usr/local/bin, or set up a service of your own with --user.",
    });
  }
  return program;
};

/** The secrets that lie in systemd's credential stores as `lettabox.NAME`; the encrypted one wins. */
const findCredentials = async (root: string): Promise<readonly Credential[]> => {
  const { settings } = await import("../config/names.ts");
  return settings.flatMap(({ env: name, secret }) => {
    if (name === undefined || !secret) return [];
    const candidates = [true, false].map((encrypted) => {
      const path = `/etc/credstore${encrypted ? ".encrypted" : ""}/lettabox.${name}`;
      return { name, path, encrypted };
    });
    return candidates.filter(({ path }) => existsSync(join(root, path))).slice(0, 1);
  });
};

const writeUnit = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text);
  // As units are, whatever this process lets others see of the files it makes.
  chmodSync(`${path}.new`, 0o644);
  renameSync(`${path}.new`, path);
};

const steps = ["daemon-reload", `enable ${unitName}`, `restart ${unitName}`];

const nextSteps = (user: boolean): string =>
  user
    ? "It starts when you log in. To keep it up while you are logged out: loginctl enable-linger\n"
    : "Data      /var/lib/lettabox\nSettings  /etc/lettabox/lettabox.yaml\nSecrets   /etc/credstore/lettabox.NAME\n";

/** For a file system that begins at `root`. */
export const createInstallService = (root: string): Subcommand<Given> => ({
  usage: "service install",
  about: "keep the server up with systemd, from now on and after every boot",
  options: [
    userOption,
    { flags: "--binary <path>", about: "the program that the service runs (default: this one)" },
    dryRunOption,
  ],
  examples: [
    "sudo lettabox service install",
    "lettabox service install --user",
    "lettabox service install --dry-run --binary /usr/local/bin/lettabox",
  ],
  async run({ io, given }) {
    const user = given.user === true;
    const manager = openManager(io, { root, user });
    const { unitPath } = manager;
    const program = programOf(io, { root, user }, given.binary);
    const text = unitText({ program, user, credentials: user ? [] : await findCredentials(root) });
    if (given.dryRun) {
      await io.out(text);
      await io.err(`This would be written to ${unitPath}, and then:\n${steps.map(manager.line).join("\n")}\n`);
      return exitCodes.ok;
    }
    manager.hasOwnUnit();
    // Asked before anything is written: there may be no systemd.
    await manager.systemctl("--version");
    manager.changeUnit(() => writeUnit(unitPath, text));
    const log = `journalctl ${user ? "--user " : ""}-u lettabox`;
    try {
      for (const words of steps) await manager.systemctl(words);
    } catch (error) {
      const { message } = asFault(error);
      throw new Fault("service_failed", { message, hint: `See why with: ${log} -n 30`, cause: error });
    }
    await io.out(`The server runs.\n\nUnit      ${unitPath}\nLog       ${log}\n${nextSteps(user)}`);
    return exitCodes.ok;
  },
});

export const installService = createInstallService("/");
