/** `/api/v1/people` and `/api/v1/audit`: about whom something was decided, and by whom. */
import type { Context } from "hono";
import { listAudit, listPeople } from "../store/access-lists.ts";
import { slugOf } from "./bot.ts";
import type { Env, HttpDeps } from "./context.ts";
import { queryNumber } from "./params.ts";
import { ok } from "./reply.ts";

const iso = (at: number): string => new Date(at).toISOString();

/** The page that is asked for, and the `before` of the next one. */
const pageOf = (c: Context<Env>) => {
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 50;
  const before = queryNumber(c, "before", { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? Number.MAX_SAFE_INTEGER;
  const next = (rows: readonly { readonly id: number }[]) => (rows.length < limit ? null : (rows.at(-1)?.id ?? null));
  return { limit, before, next };
};

export const peopleRoute = (deps: HttpDeps) => (c: Context<Env>) => {
  const { limit, before, next } = pageOf(c);
  const rows = listPeople(deps.store.db, { limit, before });
  const people = rows.map(({ person, name, userId, state, since, botId }) => ({
    person,
    bot: slugOf(deps, botId) ?? null,
    name,
    userId,
    state,
    since: iso(since),
  }));
  return ok({ people, next: next(rows) });
};

export const auditRoute = (deps: HttpDeps) => (c: Context<Env>) => {
  const { limit, before, next } = pageOf(c);
  const rows = listAudit(deps.store.db, { limit, before });
  const entries = rows.map(({ id, botId, chatId, actor, action, subject, detail, at }) => ({
    id,
    at: iso(at),
    bot: (botId === null ? undefined : slugOf(deps, botId)) ?? null,
    chat: chatId,
    actor,
    action,
    subject,
    detail,
  }));
  return ok({ entries, next: next(rows) });
};
