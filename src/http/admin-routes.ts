/** `/api/v1/tokens` and `/api/v1/dead-letters`: the operator's routes, all of them `admin`. */
import type { Context } from "hono";
import { generateToken, hashToken } from "../crypto/tokens.ts";
import { Fault } from "../errors.ts";
import { type DeadLetter, deadLetterById, listDeadLetters, outboxById } from "../store/dead-letters.ts";
import { listTokens, type Token } from "../store/tokens.ts";
import { turnById } from "../store/turns.ts";
import { authenticate, demand, reservedNames, type Scope, scopes } from "./auth.ts";
import { asRecord, readJson } from "./body.ts";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";
import { describeTurn, queryNumber } from "./turns.ts";

const admin = (deps: HttpDeps, c: Context<Env>): void =>
  demand(authenticate({ ...deps, db: deps.store.db }, c.req.raw.headers, c.env), "admin");

const iso = (at: number): string => new Date(at).toISOString();

const describeToken = (token: Token) => ({
  id: token.id,
  name: token.name,
  scopes: JSON.parse(token.scopes) as readonly Scope[],
  createdAt: iso(token.createdAt),
  expiresAt: token.expiresAt === null ? null : iso(token.expiresAt),
  revokedAt: token.revokedAt === null ? null : iso(token.revokedAt),
});

const paramId = (c: Context<Env>): number => {
  const id = Number(c.req.param("id"));
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new Fault("not_found");
};

export const tokensRoute = (deps: HttpDeps) => (c: Context<Env>) => {
  admin(deps, c);
  return ok({ tokens: listTokens(deps.store.db).map(describeToken) });
};

const wrong = (field: string, message: string): Fault => new Fault("bad_request", { message, field });

const readExpiry = (value: unknown, now: number): number | undefined => {
  if (value === undefined || value === null) return undefined;
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (at > now) return at;
  throw wrong("expiresAt", "expiresAt must be a time to come, like 2030-12-31T00:00:00Z");
};

/** Something to see, and no control characters. */
const namePattern = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,64}$/u;

/** Answers the token once; only its hash is kept. */
export const createTokenRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  admin(deps, c);
  const { name, scope = "chat", expiresAt } = asRecord(await readJson(c.req.raw, deps.limits.bodyBytes));
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw wrong("name", "name must be one line of 1 to 64 characters");
  }
  const known = scopes.find((one) => one === scope);
  if (!known) throw wrong("scope", `scope must be one of: ${scopes.join(", ")}`);
  const expires = readExpiry(expiresAt, deps.now());
  const isTaken = listTokens(deps.store.db).some((token) => token.name === name && token.revokedAt === null);
  if (isTaken || reservedNames.includes(name)) {
    throw new Fault("conflict", { message: `There is a token named "${name}" already.` });
  }
  const token = generateToken();
  const row = await deps.store.write.createToken({
    name,
    hash: hashToken(token),
    scopes: [known],
    at: deps.now(),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  });
  return ok({ token, ...describeToken(row) }, 201);
};

export const revokeTokenRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  admin(deps, c);
  const revoked = await deps.store.write.revokeToken({ id: paramId(c), at: deps.now() });
  if (!revoked) throw new Fault("not_found", { message: "Token not found" });
  return ok({ success: true });
};

const describeLetter = (deps: HttpDeps, letter: DeadLetter) => {
  const turn = letter.source === "turn" ? turnById(deps.store.db, letter.sourceId) : undefined;
  const part = letter.source === "outbox" ? outboxById(deps.store.db, letter.sourceId) : undefined;
  return {
    id: letter.id,
    source: letter.source,
    code: letter.code,
    createdAt: iso(letter.createdAt),
    ...(turn ? { turnId: turn.publicId, error: turn.errorText } : {}),
    ...(part ? { chat: part.chatId, state: part.state, attempts: part.attempts } : {}),
  };
};

const findLetter = (deps: HttpDeps, c: Context<Env>): DeadLetter => {
  const letter = deadLetterById(deps.store.db, paramId(c));
  if (!letter) throw new Fault("not_found", { message: "Dead letter not found" });
  return letter;
};

export const deadLettersRoute = (deps: HttpDeps) => (c: Context<Env>) => {
  admin(deps, c);
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 50;
  const before = queryNumber(c, "before", { min: 1, max: Number.MAX_SAFE_INTEGER });
  const letters = listDeadLetters(deps.store.db, { limit, ...(before === undefined ? {} : { before }) });
  return ok({ deadLetters: letters.map((letter) => describeLetter(deps, letter)) });
};

/** One dead letter with what it is about: the turn, or the part that was not delivered. */
export const showDeadLetter = (deps: HttpDeps) => (c: Context<Env>) => {
  admin(deps, c);
  const letter = findLetter(deps, c);
  const turn = letter.source === "turn" ? turnById(deps.store.db, letter.sourceId) : undefined;
  const part = letter.source === "outbox" ? outboxById(deps.store.db, letter.sourceId) : undefined;
  return ok({
    ...describeLetter(deps, letter),
    ...(turn ? { turn: describeTurn(deps, turn) } : {}),
    ...(part?.part == null ? {} : { part: JSON.parse(part.part) as unknown }),
  });
};

const retryDeadlineMs = 24 * 3_600_000;

export const retryDeadLetterRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  admin(deps, c);
  const at = deps.now();
  const { id } = findLetter(deps, c);
  const retried = await deps.store.write.retryDeadLetter({
    id,
    turnId: deps.newTurnId(),
    at,
    deadlineAt: at + retryDeadlineMs,
  });
  if (retried.outcome === "missing") throw new Fault("not_found", { message: "Dead letter not found" });
  if (retried.outcome === "pruned") throw new Fault("conflict", { message: "Its text is no longer kept." });
  if (retried.outcome === "part") {
    deps.pipeline.pokeChat(retried.chat);
    return ok({ success: true });
  }
  if (retried.lane !== null) deps.pipeline.poke(retried.lane);
  return ok({ success: true, turnId: retried.turnId });
};

export const dropDeadLetterRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  admin(deps, c);
  await deps.store.write.dropDeadLetter({ id: findLetter(deps, c).id });
  return ok({ success: true });
};
