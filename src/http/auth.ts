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
  /** The answer takes as long as the agent does: silence is no reason to close the connection. */
  readonly keepOpen: () => void;
};

/** Name of the row behind `admin.token`; that token works on this machine only. */
export const generatedTokenName = "admin.token";

/** `X-Api-Key` wins over `Authorization: Bearer`, even when it is wrong. */
const presented = (headers: Headers): string | undefined => {
  const key = headers.get("x-api-key");
  if (key !== null) return key;
  return /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
};

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
