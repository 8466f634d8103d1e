/** `lettabox service status`: what systemd knows of the server. */
import { existsSync } from "node:fs";
import { exitCodes } from "./io.ts";
import { openManager, unitName, type User, userOption } from "./service-manager.ts";
import { type Json, jsonOption, type Subcommand } from "./subcommand.ts";
import { fields } from "./table.ts";

/** Properties of a unit, and what they are called here. */
const properties: Readonly<Record<string, string>> = {
  ActiveState: "state",
  UnitFileState: "atBoot",
  StatusText: "says",
  MainPID: "pid",
  ActiveEnterTimestamp: "since",
  NRestarts: "restarts",
  Result: "result",
};

/** From lines like `ActiveState=active`. */
const parse = (printed: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    printed.split("\n").flatMap((line) => {
      const [property = "", ...value] = line.split("=");
      const name = properties[property];
      return name === undefined ? [] : [[name, value.join("=")]];
    }),
  );

/** For a file system that begins at `root`. */
export const createServiceStatus = (root: string): Subcommand<User & Json> => ({
  usage: "service status",
  about: "how the service is; the exit code is 0 only while it runs",
  options: [userOption, jsonOption],
  examples: ["lettabox service status", "lettabox service status --user --json"],
  async run({ io, given }) {
    const { unitPath: unit, systemctl } = openManager(io, { root, user: given.user === true });
    const installed = existsSync(unit);
    const known = installed
      ? parse(await systemctl(`show ${unitName} --property=${Object.keys(properties).join(",")}`))
      : {};
    const shown = { unit, installed, ...known };
    await io.out(given.json ? `${JSON.stringify(shown)}\n` : fields(shown));
    return known["state"] === "active" ? exitCodes.ok : exitCodes.unavailable;
  },
});

export const serviceStatus = createServiceStatus("/");
