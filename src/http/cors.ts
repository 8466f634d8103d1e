/**
 * Which web pages may use the API from a browser: those of the origins that are configured, none by default. Tokens travel
 * in headers that the page itself sets, never in cookies, so credentials are not a matter here.
 */

export type AllowsOrigin = (origin: string | null) => boolean;

/** Origins as browsers write them; `*` is every one. */
export const allowOrigins = (origins: readonly string[]): AllowsOrigin => {
  const allowed = new Set(origins);
  return (origin) => origin !== null && (allowed.has("*") || allowed.has(origin));
};

/** What a page may read of an answer beside its body. */
const readable = "X-Turn-Id, Retry-After, RateLimit, RateLimit-Policy, Allow";
/** What it may send, where it does not ask. */
const sendable = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Api-Key";
/** Header names as browsers list them. */
const nameList = /^[\w-]+(?: ?, ?[\w-]+)*$/;

const preflightSeconds = 600;

/** Tells the browser that a page may have this answer; `head` is its head, `allow` in it what the path's methods are. */
export const letIn = (request: Request, head: Headers): void => {
  head.set("access-control-allow-origin", request.headers.get("origin") ?? "");
  const method = request.headers.get("access-control-request-method");
  if (request.method !== "OPTIONS" || method === null) {
    head.set("access-control-expose-headers", readable);
    return;
  }
  const asked = request.headers.get("access-control-request-headers") ?? "";
  head.set("access-control-allow-methods", head.get("allow") ?? "");
  head.set("access-control-allow-headers", nameList.test(asked) ? asked : sendable);
  head.set("access-control-max-age", String(preflightSeconds));
};
