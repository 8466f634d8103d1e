/** What every subcommand declares. Its file says what there is to say about it; `cli.ts` only lists it. */
import type { ExitCode, Io } from "./io.ts";

export type Option = {
  /** As help shows it: `--to <file>`. */
  readonly flags: string;
  readonly about: string;
  readonly fallback?: string;
  readonly required?: true;
};

export type Call<Given> = {
  readonly io: Io;
  /** The options by their names: `dataDir` for `--data-dir`. */
  readonly given: Given;
  readonly args: readonly string[];
};

export type Subcommand<Given extends object = object> = {
  /** What calls it, and its arguments: `token revoke <id>`. */
  readonly usage: string;
  readonly about: string;
  readonly options: readonly Option[];
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Does it. What it needs beyond its flags it imports here, so that one subcommand does not wait for another's imports. */
  run(call: Call<Given>): Promise<ExitCode>;
};

/** Options of a subcommand that has a configuration. */
export const configOptions: readonly Option[] = [
  { flags: "--config <file>", about: "configuration file (default: ./lettabox.yaml and the usual places)" },
  { flags: "--data-dir <dir>", about: "where everything is kept (DATA_DIR)" },
  { flags: "--log-level <level>", about: "debug, info, warn or error (LOG_LEVEL)" },
];

export const addressOptions: readonly Option[] = [
  { flags: "--host <address>", about: "address to listen on (HOST, default 127.0.0.1)" },
  { flags: "--port <number>", about: "port to listen on (PORT, default 8080)" },
];

/** Options of a subcommand that takes every setting a server takes. */
export const servingOptions: readonly Option[] = [
  ...addressOptions,
  { flags: "--public-url <url>", about: "where the world reaches this server (PUBLIC_URL)" },
  { flags: "--log-format <format>", about: "text or json (LOG_FORMAT)" },
];

export const jsonOption: Option = { flags: "--json", about: "print JSON for programs" };

export type Json = { readonly json?: true };
