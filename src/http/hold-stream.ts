/** Lets a token hold one more event stream open, if it has not got too many. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { type Caller, isAdmin } from "./auth.ts";
import type { Env, HttpDeps } from "./context.ts";
import { tellConcurrency } from "./limit-headers.ts";

/** Nobody knows when one of the others ends. */
const retryAfterMs = 5_000;

/** Answers what lets go of it again, once or more. Throws `too_many_streams`. */
export const holdStream = (deps: HttpDeps, c: Context<Env>, caller: Caller): (() => void) => {
  const { streamsPerToken: quota } = deps.limits;
  const { tokenId } = caller;
  if (quota === 0 || isAdmin(caller)) return () => undefined;
  const open = deps.quotas.streams.open(tokenId, quota);
  tellConcurrency(c.var.said, { name: "streams", quota, left: open === undefined ? 0 : quota - open });
  if (open === undefined) throw new Fault("too_many_streams", { retryAfterMs });
  let held = true;
  return () => {
    if (held) deps.quotas.streams.close(tokenId);
    held = false;
  };
};
