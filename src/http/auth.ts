/** Who asks, and whether they may. A token is found by its hash, so nothing about it can be learned from timing. */
import type { Context } from "hono";
import { hashToken } from "../crypto/tokens.ts";
import { Fault } from "../errors.ts";
import { type Scope, type Token, tokenByHash } from "../store/tokens.ts";
import { clientAddress, neighbourhood } from "./address.ts";
import type { Env, HttpDeps } from "./context.ts";
import { tellRate } from "./limit-headers.ts";
import type { Via } from "./via.ts";

export type Caller = {
  readonly tokenId: number;
  readonly scopes: ReadonlySet<Scope>;
  /** Ids of the agents it may have to do with; null is all. */
  readonly agents: ReadonlySet<string> | null;
};

export const isAdmin = (caller: Caller): boolean => caller.scopes.has("admin");

/** Whether a caller may have to do with this agent. */
export const mayUse = ({ agents }: Pick<Caller, "agents">, agentId: string): boolean =>
  agents === null || agents.has(agentId);

/** Name of the row behind `admin.token`; that token works on this machine only. */
export const generatedTokenName = "admin.token";
/** Name of the row behind the token that the configuration gives. */
export const configuredTokenName = "LETTABOX_API_KEY";
/** Names that nobody else's token may have. */
export const reservedNames: readonly string[] = [generatedTokenName, configuredTokenName];

/** `X-Api-Key` wins over `Authorization: Bearer`, even when it is wrong; an empty one is none. */
const presented = (headers: Headers): string | undefined =>
  headers.get("x-api-key") || /^bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];

/** The only place that knows when a token works: whatever else is wrong with it, it is answered like one that never was. */
const isValid = (token: Token, via: Via, now: number): boolean =>
  token.revokedAt === null &&
  (token.expiresAt === null || token.expiresAt > now) &&
  (token.name !== generatedTokenName || via.loopback || via.socket);

const callerOf = ({ id: tokenId, scopes, agents }: Token): Caller => ({
  tokenId,
  scopes: new Set(JSON.parse(scopes) as readonly Scope[]),
  agents: agents === null ? null : new Set(JSON.parse(agents) as readonly string[]),
});

/** A wrong token: `unauthorized`, or `too_many_attempts` for an address that has shown many of them lately. */
const refuseToken = (deps: HttpDeps, c: Context<Env>): Fault => {
  const { badTokensPerMinute: quota } = deps.limits;
  const { headers } = c.req.raw;
  const address = clientAddress(c.env.peer, headers.get("x-forwarded-for"), deps.edges.trusts);
  if (address === undefined || quota === 0) return new Fault("unauthorized");
  const spent = deps.quotas.failures.spend(neighbourhood(address), quota, deps.now());
  if (spent.allowed) return new Fault("unauthorized");
  tellRate(c.var.said, { name: "failures", quota, ...spent });
  return new Fault("too_many_attempts", { retryAfterMs: spent.moreInMs });
};

/** Takes one of the requests that a token has in a minute; throws `rate_limited` when there is none left. */
const countRequest = (deps: HttpDeps, c: Context<Env>, token: Token, caller: Caller): void => {
  const quota = token.ratePerMinute ?? (isAdmin(caller) ? 0 : deps.limits.requestsPerMinute);
  if (quota === 0) return;
  const spent = deps.quotas.requests.spend(token.id, quota, deps.now());
  tellRate(c.var.said, { name: "token", quota, ...spent });
  if (!spent.allowed) throw new Fault("rate_limited", { retryAfterMs: spent.moreInMs });
};

/** Throws `forbidden` unless the caller has one of the scopes; `admin` has all. */
const demand = (caller: Caller, scopes: readonly Scope[]): void => {
  if (isAdmin(caller) || scopes.some((scope) => caller.scopes.has(scope))) return;
  const needed = scopes.map((scope) => `"${scope}"`).join(" or ");
  throw new Fault("forbidden", { message: `This token lacks the scope ${needed}.` });
};

/**
 * The caller behind a request, who has one of these scopes. Throws `unauthorized`, `too_many_attempts`, `rate_limited` or
 * `forbidden`, in this order. A valid token is found before anybody's failures are looked at, so they never shut it out.
 */
export const admit = (deps: HttpDeps, c: Context<Env>, scopes: readonly Scope[]): Caller => {
  const key = presented(c.req.raw.headers);
  if (key === undefined) {
    if (c.env.socket) return { tokenId: deps.adminTokenId, scopes: new Set(["admin"]), agents: null };
    throw new Fault("unauthorized");
  }
  const token = tokenByHash(deps.store.db, hashToken(key));
  if (!token || !isValid(token, c.env, deps.now())) throw refuseToken(deps, c);
  const caller = callerOf(token);
  countRequest(deps, c, token, caller);
  demand(caller, scopes);
  return caller;
};
