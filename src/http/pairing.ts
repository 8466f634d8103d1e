/** `/api/v1/pairing`: who waits to be let in, and what becomes of them. LettaBot's routes, and the ones that it lacks. */
import type { Context } from "hono";
import { tellAsker } from "../access/notices.ts";
import { newClaim } from "../access/claims.ts";
import { Fault } from "../errors.ts";
import { type ListedWaiting, listWaiting } from "../store/access-lists.ts";
import { type Closed, waitingByCode } from "../store/grants.ts";
import type { Caller } from "./auth.ts";
import { asRecord, readJson } from "./body.ts";
import { botNamed, partsIn } from "./bot.ts";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";

type Bot = ReturnType<typeof botNamed>;

const iso = (at: number): string => new Date(at).toISOString();

const describeWaiting = (bot: Bot, one: ListedWaiting) => ({
  id: one.of === "group" ? one.key.slice(bot.slug.length + 1) : (one.userId ?? ""),
  code: one.code,
  createdAt: iso(one.createdAt),
  lastSeenAt: iso(one.createdAt),
  ...(one.personName === null ? {} : { meta: { firstName: one.personName } }),
  bot: bot.slug,
  of: one.of,
  person: one.person,
  name: one.of === "group" ? one.title : one.personName,
  expiresAt: iso(one.expiresAt),
});

const waitingAt = (deps: HttpDeps, bot: Bot) =>
  listWaiting(deps.store.db, bot.id, deps.now()).map((one) => describeWaiting(bot, one));

const botOf = (deps: HttpDeps, c: Context<Env>): Bot => botNamed(deps, c.req.param("channel") ?? "");

export const allPairingRoute = (deps: HttpDeps) => () =>
  ok({ requests: [...deps.bots.known.values()].flatMap((bot) => waitingAt(deps, bot)) });

export const pairingRoute = (deps: HttpDeps) => (c: Context<Env>) => ok({ requests: waitingAt(deps, botOf(deps, c)) });

const readBodyOf = async (deps: HttpDeps, c: Context<Env>) => {
  if (!(c.req.header("content-type") ?? "").includes("application/json")) {
    throw new Fault("bad_request", { message: "Content-Type must be application/json" });
  }
  return asRecord(await readJson(c.req.raw, deps.limits.bodyBytes));
};

const readCode = (code: unknown): string => {
  if (typeof code === "string" && code.trim() !== "") return code;
  throw new Fault("bad_request", { message: "Missing required field: code", field: "code" });
};

/** Who asked is told in the same transaction. */
export const decideRoute = (deps: HttpDeps, approve: boolean) => async (c: Context<Env>, caller: Caller) => {
  const bot = botOf(deps, c);
  const code = readCode((await readBodyOf(deps, c))["code"]);
  const at = deps.now();
  const missing = new Fault("not_found", { message: "Code not found or expired" });
  const row = waitingByCode(deps.store.db, bot.id, code, at);
  if (!row) throw missing;
  const userId = waitingAt(deps, bot).find((one) => one.code === row.code)?.id ?? "";
  const { kind: of, chatId } = row;
  const text = tellAsker({ of, outcome: approve ? "approved" : "denied" });
  const parts = partsIn(deps, bot, chatId, text, `admission-${row.id}`);
  const by = `token:${caller.tokenId}`;
  const { outcome } = await deps.store.write.decideAdmission({ bot: bot.id, code, approve, by, at, parts });
  if (outcome === "missing") throw missing;
  deps.pipeline.pokeChat(chatId);
  return ok({ success: true, userId });
};

type Close = (deps: HttpDeps, args: { bot: number; person: number; by: string; at: number }) => Promise<Closed>;

const close = (deps: HttpDeps, how: Close) => async (c: Context<Env>, caller: Caller) => {
  const bot = botOf(deps, c);
  const { person } = await readBodyOf(deps, c);
  if (typeof person !== "number" || !Number.isSafeInteger(person) || person < 1) {
    throw new Fault("bad_request", { message: "person must be the number of a person", field: "person" });
  }
  const args = { bot: bot.id, person, by: `token:${caller.tokenId}`, at: deps.now() };
  const { found, stopped } = await how(deps, args);
  if (!found) throw new Fault("not_found", { message: "Nothing is open to this person here" });
  await deps.pipeline.cancel(stopped);
  return ok({ success: true });
};

export const revokeRoute = (deps: HttpDeps) => close(deps, ({ store }, args) => store.write.revokeGrant(args));
export const blockRoute = (deps: HttpDeps) => close(deps, ({ store }, args) => store.write.blockPerson(args));

/** A new claim code, shown once; the one before does not count any more. Without `bot`, of the only one. */
export const claimRoute = (deps: HttpDeps) => async (c: Context<Env>) => {
  const { bot: name } = await readBodyOf(deps, c);
  const known = [...deps.bots.known.values()];
  if (typeof name === "string") return ok(await newClaim(deps, botNamed(deps, name)), 201);
  const [only] = known;
  if (only && known.length === 1) return ok(await newClaim(deps, only), 201);
  const names = known.map(({ slug }) => slug).join(", ");
  const message = only ? `bot must be one of: ${names}` : "There is no bot to claim; configure one first.";
  throw new Fault("bad_request", { message, field: "bot" });
};
