/** `lettabox version`. */
import manifest from "../../package.json" with { type: "json" };
import { exitCodes } from "./io.ts";
import { type Json, jsonOption, type Subcommand } from "./subcommand.ts";

/** The version of this build. */
export const version: string = manifest.version;

export const showVersion: Subcommand<Json> = {
  usage: "version",
  about: "print the version",
  options: [jsonOption],
  examples: ["lettabox version", "lettabox version --json"],
  async run({ io, given }) {
    await io.out(given.json ? `${JSON.stringify({ version })}\n` : `${version}\n`);
    return exitCodes.ok;
  },
};
