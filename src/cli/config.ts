/** `lettabox config validate`. */
import type { Config } from "../config.ts";
import { describeConfig, configLines } from "../config-description.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";

export const validateConfig = async (io: Io, config: Config, options: { json?: boolean }): Promise<ExitCode> => {
  const description = describeConfig(config);
  if (options.json) await io.out(`${JSON.stringify(description)}\n`);
  else await io.out(`The configuration is valid.\n${configLines(description).join("\n")}\n`);
  return exitCodes.ok;
};
