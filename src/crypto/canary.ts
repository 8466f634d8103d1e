/** A known sealed value in the database: it opens only with the right master key, so a wrong one is noticed at the start. */
import { Fault } from "../errors.ts";
import type { KeyRing } from "./keys.ts";
import { open, seal } from "./seal.ts";

const place = { owner: "house", row: "meta/canary" };
const word = "lettabox";

export const sealCanary = (ring: KeyRing): string => seal(ring, place, word);

/** Throws `master_key_wrong` when the ring does not open what an earlier start sealed. */
export const checkCanary = (ring: KeyRing, sealed: string): void => {
  try {
    if (open(ring, place, sealed) === word) return;
  } catch (cause) {
    throw new Fault("master_key_wrong", {
      hint:
        "Put back the earlier master.key or ENCRYPTION_MASTER_KEY. If it is lost for good: " +
        "lettabox keys reset --forget-secrets",
      cause,
    });
  }
};
