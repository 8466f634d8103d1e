/** Who asks. A token is found by its hash, so nothing about it can be learned from timing. */
import { hashToken } from "../crypto/tokens.ts";
import { Fault } from "../errors.ts";
import type { Db } from "../store/db.ts";
import { type Token, tokenByHash } from "../store/tokens.ts";

export const scopes = ["chat", "admin"] as const;
export type Scope = (typeof scopes)[number];

export type Caller = {
  readonly tokenId: number;
  readonly scopes: ReadonlySet<Scope>;
};

export const isAdmin = (caller: Caller): boolean => caller.scopes.has("admin");

/** How a request came in, told by the listener: nothing of it can be claimed in a header. */
export type Via = {
  /** The socket file in the data directory: whoever may open it is admin. */
  readonly socket: boolean;
  /** From this machine, through no proxy. */
  readonly loopback: boolean;
  /** Starts the connection's idle clock anew; whoever answers slowly calls it now and then. */
  readonly touch: () => void;
};

/** Name of the row behind `admin.token`; that token works on this machine only. */
export const generatedTokenName = "admin.token";
/** Name of the row behind the token that the configuration gives. */
export const configuredTokenName = "LETTABOX_API_KEY";
/** Names that nobody else's token may have. */
export const reservedNames: readonly string[] = [generatedTokenName, configuredTokenName];

/** `X-Api-Key` wins over `Authorization: Bearer`, even when it is wrong; an empty one is none. */
const presented = (headers: Headers): string | undefined =>
  headers.get("x-api-key") || /^bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];

const isValid = (token: Token, via: Via, now: number): boolean =>
  token.revokedAt === null &&
  (token.expiresAt === null || token.expiresAt > now) &&
  (token.name !== generatedTokenName || via.loopback || via.socket);

/** The caller behind a request; throws `unauthorized`. */
export const authenticate = (
  deps: { readonly db: Db; readonly now: () => number; readonly adminTokenId: number },
  headers: Headers,
  via: Via,
): Caller => {
  const key = presented(headers);
  if (key === undefined) {
    if (via.socket) return { tokenId: deps.adminTokenId, scopes: new Set(["admin"]) };
    throw new Fault("unauthorized");
  }
  const token = tokenByHash(deps.db, hashToken(key));
  if (!token || !isValid(token, via, deps.now())) throw new Fault("unauthorized");
  return { tokenId: token.id, scopes: new Set(JSON.parse(token.scopes) as readonly Scope[]) };
};

/** Throws `forbidden` unless the caller has the scope; `admin` has all. */
export const demand = (caller: Caller, scope: Scope): void => {
  if (!caller.scopes.has(scope) && !isAdmin(caller)) {
    throw new Fault("forbidden", { message: `This token lacks the scope "${scope}".` });
  }
};
