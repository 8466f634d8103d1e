/** systemd, as the subcommands of `service` need it: the unit's file, and `systemctl`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../errors.ts";
import type { Io } from "./io.ts";
import type { Option } from "./subcommand.ts";

export const unitName = "lettabox.service";

/** What a unit that this program wrote begins with: only such a unit is replaced or removed. */
export const unitMark = "# Written by `lettabox service install`.";

export type User = { readonly user?: true };

export const userOption: Option = { flags: "--user", about: "your own systemd instead of the machine's" };
export const dryRunOption: Option = { flags: "--dry-run", about: "only say what would be done" };

export type Scope = {
  /** Where the file system begins; another place than `/` in tests. */
  readonly root: string;
  /** The user's own systemd instead of the machine's. */
  readonly user: boolean;
};

export type Manager = {
  readonly unitPath: string;
  /** The command line that an operator would type. */
  line(words: string): string;
  /** Runs it and answers what it printed; throws `service_failed` with what it said when it fails. */
  systemctl(words: string): Promise<string>;
  /** Whether there is a unit; throws `conflict` when another program or person wrote it. */
  hasOwnUnit(): boolean;
  /** Does something with the unit's file; throws `service_failed` when it may not. */
  changeUnit(work: () => void): void;
};

const unitPathOf = ({ env }: Io, { root, user }: Scope): string => {
  if (!user) return join(root, "etc/systemd/system", unitName);
  const home = env["XDG_CONFIG_HOME"] || (env["HOME"] && join(env["HOME"], ".config"));
  if (home) return join(home, "systemd/user", unitName);
  throw new Fault("service_failed", { message: "There is no home directory to put the service into; set HOME." });
};

/** Does something with the unit's file; throws `service_failed` when this user may not. */
const reaching = <Result>(path: string, verb: "read" | "written", work: () => Result): Result => {
  try {
    return work();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new Fault("service_failed", {
      message: `${path} cannot be ${verb} (${code}).`,
      ...(["EACCES", "EPERM"].includes(code) && {
        hint: "Run it with sudo, or set up a service of your own with --user.",
      }),
      cause,
    });
  }
};

/** The programs are looked for when they are needed: what would be done can be told where there is no systemd. */
export const openManager = (io: Io, scope: Scope): Manager => {
  const unitPath = unitPathOf(io, scope);
  const line = (words: string): string => `systemctl ${scope.user ? "--user " : ""}${words}`;
  return {
    unitPath,
    line,
    systemctl: async (words) => {
      const program = Bun.which("systemctl", { PATH: io.env["PATH"] ?? "" });
      if (program === null || !existsSync(join(scope.root, "run/systemd/system"))) {
        throw new Fault("service_failed", {
          message: "systemd does not run on this machine.",
          hint: "The unit can be seen with: lettabox service install --dry-run",
        });
      }
      const child = Bun.spawn([program, ...line(words).split(" ").slice(1)], {
        env: io.env,
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      if (code === 0) return out;
      throw new Fault("service_failed", { message: `${line(words)}: ${err.trim() || `exit code ${code}`}` });
    },
    hasOwnUnit: () => {
      if (!existsSync(unitPath)) return false;
      const text = reaching(unitPath, "read", () => readFileSync(unitPath, "utf8"));
      if (text.startsWith(unitMark)) return true;
      throw new Fault("conflict", {
        message: `${unitPath} was not written by lettabox; it is left alone.`,
        hint: "Move it away first.",
      });
    },
    changeUnit: (work) => reaching(unitPath, "written", work),
  };
};
