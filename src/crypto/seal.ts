/**
 * Secrets at rest. A sealed value reads `s1.<key id>.<base64url of nonce, ciphertext, tag>`: AES-256-GCM under a key that
 * is derived per owner (HKDF-SHA256) from a master key. The owner and the row are authenticated with it, so a sealed
 * value copied to another row or owner does not open there. Synchronous, because it runs inside the database's writer.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { Fault } from "../errors.ts";
import type { KeyRing, MasterKey } from "./keys.ts";

/** Where a sealed value lives. `row` names table, id and column, for example `accounts/17/key`, and never changes. */
export type Place = { readonly owner: string; readonly row: string };

const format = "s1";
const nonceBytes = 12;
const tagBytes = 16;

const ownerKey = (key: MasterKey, owner: string): Buffer =>
  Buffer.from(hkdfSync("sha256", key.secret.reveal(), "", `lettabox seal ${format} ${owner}`, 32));

const authenticated = (keyId: string, place: Place): Buffer =>
  Buffer.from(JSON.stringify([format, keyId, place.owner, place.row]));

/** Seals `value` for its place with the ring's newest key. The same value sealed twice reads differently. */
export const seal = (ring: KeyRing, place: Place, value: string): string => {
  const key = ring[0];
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", ownerKey(key, place.owner), nonce, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(key.id, place));
  const sealed = Buffer.concat([nonce, cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${format}.${key.id}.${sealed.toString("base64url")}`;
};

/**
 * The value sealed for this place. Throws `master_key_wrong` when the ring lacks the key it was sealed with, and
 * `sealed_value_damaged` when it was altered, cut, or moved from another place.
 */
export const open = (ring: KeyRing, place: Place, sealed: string): string => {
  const [version, keyId, body] = sealed.split(".");
  if (version !== format || keyId === undefined || body === undefined) throw new Fault("sealed_value_damaged");
  const key = ring.find((candidate) => candidate.id === keyId);
  if (key === undefined) {
    throw new Fault("master_key_wrong", {
      hint: "List the earlier key behind the new one in ENCRYPTION_MASTER_KEY, or put master.key back.",
    });
  }
  const bytes = Buffer.from(body, "base64url");
  try {
    const nonce = bytes.subarray(0, nonceBytes);
    const decipher = createDecipheriv("aes-256-gcm", ownerKey(key, place.owner), nonce, { authTagLength: tagBytes });
    decipher.setAAD(authenticated(keyId, place));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, "utf8") + decipher.final("utf8");
  } catch (cause) {
    throw new Fault("sealed_value_damaged", { cause });
  }
};
