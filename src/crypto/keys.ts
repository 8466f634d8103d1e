/** The master keys that sealing keys are derived from: configured ones, else one generated into the data directory. */
import { hkdfSync, randomBytes } from "node:crypto";
import { join } from "node:path";
import { Fault } from "../errors.ts";
import { ensureSecretFile, readSecretFile } from "./secret-file.ts";
import type { Secret } from "./secret.ts";

/** `id` names the key inside sealed values; it is derived one way, so it may be shown. */
export type MasterKey = { readonly id: string; readonly secret: Secret };

/** Newest first: the first seals, all of them open. */
export type KeyRing = readonly [MasterKey, ...MasterKey[]];

export type LoadedKeys = {
  readonly ring: KeyRing;
  /** Whether `master.key` was generated just now. */
  readonly created: boolean;
  /** Whether `master.key` could be read by others until now. */
  readonly tightened: boolean;
};

/** The shortest master key that is accepted, in characters. */
export const masterKeyMinChars = 32;

const masterKey = (value: Secret): MasterKey => ({
  id: Buffer.from(hkdfSync("sha256", value.reveal(), "", "lettabox key id", 4)).toString("hex"),
  secret: value,
});

const checked = (value: Secret, path: string): MasterKey => {
  if (value.reveal().length >= masterKeyMinChars) return masterKey(value);
  throw new Fault("master_key_wrong", {
    message: `${path} does not hold a master key of at least ${masterKeyMinChars} characters.`,
    hint: "Restore it from a backup. If nothing sealed is needed any more: lettabox keys reset --forget-secrets",
  });
};

/** A ring of these keys, newest first. */
export const keyRing = (newest: Secret, ...older: readonly Secret[]): KeyRing => [
  masterKey(newest),
  ...older.map(masterKey),
];

/**
 * The ring for a data directory. Configured keys come first; an existing `master.key` stays last, so that configuring a
 * key later does not lock out what the generated one sealed. Throws `data_dir_unusable` or `master_key_wrong`.
 */
export const loadKeys = (input: { readonly configured: readonly Secret[]; readonly dataDir: string }): LoadedKeys => {
  const path = join(input.dataDir, "master.key");
  const [newest, ...older] = input.configured;
  if (newest === undefined) {
    const file = ensureSecretFile(path, () => randomBytes(32).toString("base64url"));
    return { ring: [checked(file.value, path)], created: file.created, tightened: file.tightened };
  }
  const file = readSecretFile(path);
  const ring = keyRing(newest, ...older);
  if (file === undefined) return { ring, created: false, tightened: false };
  return { ring: [...ring, checked(file.value, path)], created: false, tightened: file.tightened };
};
