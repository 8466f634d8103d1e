/** The configuration of a subcommand: its options, the environment, lettabox.yaml. */
import type { Config, Flags } from "../config/config.ts";
import type { Io } from "./io.ts";

/** Throws `config_invalid` with every problem in one message. */
export const configure = async (io: Io, given: Partial<Flags>): Promise<Config> => {
  const { loadConfig } = await import("../config/config.ts");
  const { config, host, port, dataDir, publicUrl, logLevel, logFormat } = given;
  const flags = { config, host, port, dataDir, publicUrl, logLevel, logFormat };
  return loadConfig({ flags, env: io.env, cwd: io.cwd, isTTY: io.isTTY });
};
