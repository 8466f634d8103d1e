import { createHash, timingSafeEqual } from "node:crypto";
import { Hono, type MiddlewareHandler } from "hono";
import { unauthorized } from "../wire/refusals.ts";

/** Reachability, and who may come in. Health proves nothing about the key: it is open to everyone. */

export const serverVersion = "0.16.7";

const status = { version: serverVersion, status: "ok" };

export const healthRoutes = (): Hono =>
  new Hono().get("/v1/health/", (c) => c.json(status)).get("/v1/ready/", (c) => c.json(status));

const open = new Set(["/v1/health/", "/v1/ready/"]);

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** With a password every other route wants it, as `Authorization: Bearer …` or as `X-BARE-PASSWORD: password …`. */
export const passwordGate = (password: string): MiddlewareHandler => {
  const expected = digest(password);
  const matches = (given: string | undefined, scheme: string): boolean =>
    given !== undefined && given.startsWith(scheme) && timingSafeEqual(digest(given.slice(scheme.length)), expected);
  return async (c, next) => {
    const known =
      open.has(c.req.path) ||
      matches(c.req.header("authorization"), "Bearer ") ||
      matches(c.req.header("x-bare-password"), "password ");
    return known ? next() : unauthorized();
  };
};
