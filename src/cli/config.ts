/** `lettabox config validate`. */
import type { Flags } from "../config/config.ts";
import { configure } from "./configure.ts";
import { exitCodes } from "./io.ts";
import { addressOptions, configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";

export const validateConfig: Subcommand<Partial<Flags> & Json> = {
  usage: "config validate",
  about: "check the configuration and say what it means",
  options: [...configOptions, ...addressOptions, jsonOption],
  examples: ["lettabox config validate", "lettabox config validate --config ./lettabox.yaml --json"],
  async run({ io, given }) {
    const config = await configure(io, given);
    const { configLines, describeConfig } = await import("../config/description.ts");
    const description = describeConfig(config);
    if (given.json) await io.out(`${JSON.stringify(description)}\n`);
    else await io.out(`The configuration is valid.\n${configLines(description).join("\n")}\n`);
    return exitCodes.ok;
  },
};
