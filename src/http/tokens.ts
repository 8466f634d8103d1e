/** `/api/v1/tokens`: made, listed and revoked by `admin`. */
import type { Context } from "hono";
import { generateToken, hashToken } from "../crypto/tokens.ts";
import { Fault } from "../errors.ts";
import { listTokens, type Token } from "../store/tokens.ts";
import { everyAgent, findAgent } from "./agents.ts";
import { reservedNames } from "./auth.ts";
import { asRecord, readJson } from "./body.ts";
import type { Env, HttpDeps } from "./context.ts";
import { paramId } from "./params.ts";
import { ok } from "./reply.ts";
import { readTokenRequest } from "./token-request.ts";

const iso = (at: number): string => new Date(at).toISOString();

const describeToken = (token: Token) => ({
  id: token.id,
  name: token.name,
  scopes: JSON.parse(token.scopes) as readonly string[],
  agents: token.agents === null ? null : (JSON.parse(token.agents) as readonly string[]),
  ratePerMinute: token.ratePerMinute,
  createdAt: iso(token.createdAt),
  expiresAt: token.expiresAt === null ? null : iso(token.expiresAt),
  revokedAt: token.revokedAt === null ? null : iso(token.revokedAt),
});

export const tokensRoute = (deps: HttpDeps) => () => ok({ tokens: listTokens(deps.store.db).map(describeToken) });

/** Agents are kept by their ids: a name may be given to another one. */
const idsOf = async (deps: HttpDeps, wishes: readonly string[]): Promise<readonly string[]> => {
  const ids = new Set<string>();
  for (const wish of wishes) ids.add((await findAgent(deps, everyAgent, wish)).agentId);
  return [...ids];
};

/** Answers the token once; only its hash is kept. */
export const createTokenRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  const at = deps.now();
  const request = readTokenRequest(asRecord(await readJson(c.req.raw, deps.limits.bodyBytes)), at);
  const { name, scopes, agents: wishes, expiresAt, ratePerMinute } = request;
  const taken = new Fault("conflict", { message: `There is a token named "${name}" already.` });
  if (reservedNames.includes(name)) throw taken;
  const agents = wishes && (await idsOf(deps, wishes));
  const token = generateToken();
  const row = await deps.store.write.createToken({
    name,
    hash: hashToken(token),
    scopes,
    at,
    ...(agents === undefined ? {} : { agents }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(ratePerMinute === undefined ? {} : { ratePerMinute }),
  });
  if (!row) throw taken;
  return ok({ token, ...describeToken(row) }, 201);
};

export const revokeTokenRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  const revoked = await deps.store.write.revokeToken({ id: paramId(c), at: deps.now() });
  if (!revoked) throw new Fault("not_found", { message: "Token not found" });
  return ok({ success: true });
};
