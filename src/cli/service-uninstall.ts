/** `lettabox service uninstall`: stops the server and takes away what install wrote, and nothing else. */
import { existsSync, rmSync } from "node:fs";
import { exitCodes } from "./io.ts";
import { dryRunOption, openManager, unitName, type User, userOption } from "./service-manager.ts";
import type { Subcommand } from "./subcommand.ts";

type Given = User & { readonly dryRun?: true };

/** For a file system that begins at `root`. */
export const createUninstallService = (root: string): Subcommand<Given> => ({
  usage: "service uninstall",
  about: "stop the server and remove the unit; the data stays",
  options: [userOption, dryRunOption],
  examples: ["sudo lettabox service uninstall", "lettabox service uninstall --user --dry-run"],
  async run({ io, given }) {
    const user = given.user === true;
    const { unitPath, line, systemctl, hasOwnUnit, changeUnit } = openManager(io, { root, user });
    if (!hasOwnUnit()) {
      await io.out(`There is no ${unitPath}; nothing to do.\n`);
      return exitCodes.ok;
    }
    const disable = `disable --now ${unitName}`;
    if (given.dryRun) {
      await io.err(`This would be done:\n${line(disable)}\nrm ${unitPath}\n${line("daemon-reload")}\n`);
      return exitCodes.ok;
    }
    await systemctl(disable);
    changeUnit(() => rmSync(unitPath));
    await systemctl("daemon-reload");
    await io.out(`Removed ${unitPath}.\n`);
    const changes = `${unitPath}.d`;
    const kept = [...(user ? [] : ["/var/lib/lettabox"]), ...(existsSync(changes) ? [changes] : [])];
    if (kept.length > 0) await io.out(`Kept ${kept.join(" and ")}.\n`);
    return exitCodes.ok;
  },
});

export const uninstallService = createUninstallService("/");
