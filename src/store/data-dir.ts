/** The directory everything durable lives in. */
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../errors.ts";

const hints: Readonly<Record<string, string>> = {
  EACCES: "Make it belong to the user lettabox runs as, or choose another with --data-dir or DATA_DIR.",
  EPERM: "Make it belong to the user lettabox runs as, or choose another with --data-dir or DATA_DIR.",
  EROFS: "The file system is mounted read-only. Choose another directory with --data-dir or DATA_DIR.",
  ENOSPC: "The disk is full. Free some space and start again.",
  EDQUOT: "The disk quota is used up. Free some space and start again.",
  ENOTDIR: "A part of this path is a file. Choose another directory with --data-dir or DATA_DIR.",
  EEXIST: "There is a file of this name. Choose another directory with --data-dir or DATA_DIR.",
};

/** Why a data directory cannot be used, from the system's error; the message names the directory and the reason. */
export const dataDirFault = (path: string, cause: unknown): Fault => {
  const code =
    cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "unknown error";
  return new Fault("data_dir_unusable", {
    message: `The data directory ${path} cannot be used (${code}).`,
    hint: hints[code] ?? "Choose another directory with --data-dir or DATA_DIR.",
    cause,
  });
};

const proveWritable = (probe: string): void => {
  try {
    writeFileSync(probe, "lettabox", { mode: 0o600 });
  } finally {
    rmSync(probe, { force: true });
  }
};

/**
 * Creates the data directory (mode 0700, with its parents) and proves that files can be written in it. The mode of an
 * existing directory is left alone: it may be a shared one, and closing `/tmp` to others would break the machine.
 * Throws `data_dir_unusable`.
 */
export const ensureDataDir = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK | constants.X_OK);
    proveWritable(join(path, `.probe-${process.pid}`));
  } catch (cause) {
    throw dataDirFault(path, cause);
  }
};
