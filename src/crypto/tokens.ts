import { createHash, randomBytes } from "node:crypto";

/** What every generated token starts with, so that people and secret scanners recognise it. */
export const tokenPrefix = "lb_";

/** A new API token: `lb_` and 256 random bits as 43 base64url characters. It is shown once and stored as its hash. */
export const generateToken = (): string => tokenPrefix + randomBytes(32).toString("base64url");

/**
 * SHA-256 of a token, as 64 hex digits: what is stored and looked up. A fast hash is right here because generated tokens
 * have 256 bits, and looking up by hash leaks no timing about the token.
 */
export const hashToken = (token: string): string => createHash("sha256").update(token, "utf8").digest("hex");
