/** `/api/v1/dead-letters`: what gave up. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { type DeadLetter, deadLetterById, listDeadLetters, outboxById } from "../store/dead-letters.ts";
import { turnById } from "../store/turns.ts";
import type { Env, HttpDeps } from "./context.ts";
import { paramId, queryNumber } from "./params.ts";
import { ok } from "./reply.ts";
import { describeTurn } from "./turns.ts";

const iso = (at: number): string => new Date(at).toISOString();

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
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 50;
  const before = queryNumber(c, "before", { min: 1, max: Number.MAX_SAFE_INTEGER });
  const letters = listDeadLetters(deps.store.db, { limit, ...(before === undefined ? {} : { before }) });
  return ok({ deadLetters: letters.map((letter) => describeLetter(deps, letter)) });
};

/** One dead letter with what it is about: the turn, or the part that was not delivered. */
export const showDeadLetter = (deps: HttpDeps) => (c: Context<Env>) => {
  const letter = findLetter(deps, c);
  const turn = letter.source === "turn" ? turnById(deps.store.db, letter.sourceId) : undefined;
  const part = letter.source === "outbox" ? outboxById(deps.store.db, letter.sourceId) : undefined;
  return ok({
    ...describeLetter(deps, letter),
    ...(turn ? { turn: describeTurn(deps, turn) } : {}),
    ...(part?.part == null ? {} : { part: JSON.parse(part.part) as unknown }),
    ...(part?.rest == null ? {} : { rest: JSON.parse(part.rest) as unknown }),
  });
};

const retryDeadlineMs = 24 * 3_600_000;

export const retryDeadLetterRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
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
  if (retried.lane === null) deps.pipeline.pokeChat(retried.chat);
  else deps.pipeline.poke(retried.lane);
  return ok({ success: true, turnId: retried.turnId });
};

export const dropDeadLetterRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  await deps.store.write.dropDeadLetter({ id: findLetter(deps, c).id });
  return ok({ success: true });
};
