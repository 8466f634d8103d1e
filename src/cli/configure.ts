/** The configuration of a subcommand: its options, the environment, lettabox.yaml. */
import type { Checked, Config, Flags } from "../config/config.ts";
import type { Io } from "./io.ts";

/** Of the options, those that are settings count. */
const inputOf = (io: Io, given: Partial<Flags>) => ({ flags: given, env: io.env, cwd: io.cwd, isTTY: io.isTTY });

/** Throws `config_invalid` with every problem in one message. */
export const configure = async (io: Io, given: Partial<Flags>): Promise<Config> => {
  const { loadConfig } = await import("../config/config.ts");
  return loadConfig(inputOf(io, given));
};

/** The configuration, or its problems one by one. */
export const checkConfiguration = async (io: Io, given: Partial<Flags>): Promise<Checked> => {
  const { checkConfig } = await import("../config/config.ts");
  return checkConfig(inputOf(io, given));
};
