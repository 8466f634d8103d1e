/** Secrets that need not be kept: each is derived from the newest master key and a name, and the same at every start. */
import { hkdfSync } from "node:crypto";
import type { KeyRing } from "./keys.ts";

/** 43 characters of A-Z a-z 0-9 _ -. Another master key gives another secret. */
export const deriveSecret = (ring: KeyRing, name: string): string =>
  Buffer.from(hkdfSync("sha256", ring[0].secret.reveal(), "", `lettabox secret ${name}`, 32)).toString("base64url");
