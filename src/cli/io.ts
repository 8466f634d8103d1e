/** What a subcommand may touch, and what its exit code says. */
import { asFault, type FaultCode } from "../errors.ts";

export type Io = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly pid: number;
  readonly isTTY: boolean;
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => Promise<void>;
  /** All of standard input, to its end. */
  readonly input: () => Promise<string>;
  /** Calls back on SIGINT and SIGTERM until the returned function is called. */
  readonly onSignal: (listener: () => void) => () => void;
};

/** Documented in `docs/cli.md`; the numbers above 63 are those of sysexits.h. */
export const exitCodes = {
  ok: 0,
  /** It was tried and did not work: a failed turn, a thing that does not exist. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No server answers, or the one that answers is not ready. */
  unavailable: 69,
  /** The configuration, the data directory or the master key has to be mended first. */
  config: 78,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const exits: Partial<Record<FaultCode, ExitCode>> = {
  bad_request: exitCodes.usage,
  config_invalid: exitCodes.config,
  data_dir_unusable: exitCodes.config,
  data_dir_locked: exitCodes.config,
  schema_newer: exitCodes.config,
  master_key_wrong: exitCodes.config,
  listen_failed: exitCodes.config,
  server_unreachable: exitCodes.unavailable,
};

/** Says what went wrong and what to do about it, and answers the exit code for it. */
export const reportFault = async (io: Pick<Io, "err">, thrown: unknown): Promise<ExitCode> => {
  const fault = asFault(thrown);
  await io.err(`lettabox: ${fault.message}\n`);
  if (fault.hint !== undefined) await io.err(`${fault.hint}\n`);
  if (fault.code === "internal" && fault.cause instanceof Error) {
    const place = fault.cause.stack?.split("\n").slice(1, 4).join("\n") ?? "";
    await io.err(`This is a bug in lettabox: ${fault.cause.name}\n${place}\n`);
  }
  return exits[fault.code] ?? exitCodes.failed;
};
