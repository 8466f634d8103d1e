/** Secrets that lettabox generates and keeps beside the database, readable by their owner only. */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Fault } from "../errors.ts";
import { secret, type Secret } from "./secret.ts";

export type SecretFile = {
  readonly value: Secret;
  readonly created: boolean;
  /** It could be read by others until now; whoever is told may want to replace it. */
  readonly tightened: boolean;
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const unusable = (path: string, what: string, cause: unknown): Fault =>
  new Fault("data_dir_unusable", {
    message: `${path} cannot be ${what} (${codeOf(cause) ?? "unknown error"}).`,
    hint: "Make it a file that belongs to the user lettabox runs as, with mode 0600.",
    cause,
  });

const syncDirectory = (path: string): void => {
  // Windows opens no directories, and keeps its own journal of names.
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};

// Written whole under another name and linked into place: a crash leaves no half secret, and of two processes that do
// this at once the second finds the first one's file instead of replacing it.
const createOnce = (path: string, value: string): boolean => {
  const draft = `${path}.${randomBytes(6).toString("hex")}.new`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(file, `${value}\n`);
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
  syncDirectory(dirname(path));
  return true;
};

/** The file's secret without surrounding space; undefined when there is no such file. Throws `data_dir_unusable`. */
export const readSecretFile = (path: string): SecretFile | undefined => {
  try {
    const tightened = (statSync(path).mode & 0o077) !== 0;
    if (tightened) chmodSync(path, 0o600);
    return { value: secret(readFileSync(path, "utf8").trim()), created: false, tightened };
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw unusable(path, "read", cause);
  }
};

/** The file's secret; where there is none, `generate`'s, stored (0600, on disk) before it is returned. */
export const ensureSecretFile = (path: string, generate: () => string): SecretFile => {
  const found = readSecretFile(path);
  if (found !== undefined) return found;
  const value = generate();
  try {
    if (createOnce(path, value)) return { value: secret(value), created: true, tightened: false };
  } catch (cause) {
    throw unusable(path, "created", cause);
  }
  const theirs = readSecretFile(path);
  if (theirs === undefined) throw unusable(path, "created", undefined);
  return theirs;
};
