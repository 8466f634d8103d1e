/** `/api/v1/groups`: the groups that the bots are in, and what is set for each. */
import type { Context } from "hono";
import { type BotAccess, type GroupMode, groupModes, modeOf } from "../access/rules.ts";
import { Fault } from "../errors.ts";
import { groupById, type ListedGroup, listGroups } from "../store/access-lists.ts";
import type { SettingChanges } from "../store/chat-settings.ts";
import type { Caller } from "./auth.ts";
import { asRecord, readJson } from "./body.ts";
import { slugOf } from "./bot.ts";
import type { Env, HttpDeps } from "./context.ts";
import { paramId, queryNumber } from "./params.ts";
import { ok } from "./reply.ts";

const configuredOf = (deps: HttpDeps, { botId }: ListedGroup): BotAccess => deps.access(slugOf(deps, botId) ?? "");

const describeGroup = (deps: HttpDeps, group: ListedGroup) => {
  const { access, groups } = configuredOf(deps, group);
  return {
    id: group.id,
    chat: group.key,
    bot: slugOf(deps, group.botId) ?? null,
    title: group.title,
    admitted: group.admittedAt !== null || access === "open",
    mode: modeOf(group, groups.mode),
    ceiling: group.ceiling ?? groups.mode,
    allowed: group.allowed === null ? null : (JSON.parse(group.allowed) as readonly string[]),
    batchMs: group.debounceMs ?? groups.batchMs ?? 0,
    dailyLimit: group.dailyLimit ?? groups.dailyLimit ?? null,
    dailyPersonLimit: group.dailyPersonLimit ?? groups.dailyPersonLimit ?? null,
  };
};

export const groupsRoute = (deps: HttpDeps) => (c: Context<Env>) => {
  const limit = queryNumber(c, "limit", { min: 1, max: 200 }) ?? 50;
  const before = queryNumber(c, "before", { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? Number.MAX_SAFE_INTEGER;
  const { groups, next } = listGroups(deps.store.db, { limit, before });
  return ok({ groups: groups.map((group) => describeGroup(deps, group)), next });
};

type Body = Readonly<Record<string, unknown>>;

const wrong = (field: string, mustBe: string): Fault =>
  new Fault("bad_request", { message: `${field} must be ${mustBe}`, field });

const isMode = (value: unknown): value is GroupMode => groupModes.some((mode) => mode === value);

const readMode = ({ mode }: Body): GroupMode | null => {
  if (mode === null || isMode(mode)) return mode;
  throw wrong("mode", `one of ${groupModes.join(", ")}`);
};

const readNumber = (body: Body, field: string, max: number): number | null => {
  const value = body[field];
  if (value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw wrong(field, `a whole number from 0 to ${max}, or null`);
};

const most = 1_000;

/** Ids as the platform has them; they are kept as handles. */
const readAllowed = ({ allowed }: Body, channel: string): readonly string[] | null => {
  if (allowed === null) return null;
  const ids: readonly unknown[] = Array.isArray(allowed) ? allowed : [];
  const texts = ids.filter((id) => typeof id === "string" && /^[^\p{Cc}\s]{1,200}$/u.test(id)) as readonly string[];
  if (!Array.isArray(allowed) || texts.length < ids.length || ids.length === 0 || ids.length > most) {
    throw wrong("allowed", `a list of 1 to ${most} ids of people, or null`);
  }
  return texts.map((id) => (id.includes(":") ? id : `${channel}::${id}`));
};

const readAdmitted = ({ admitted }: Body): boolean | undefined => {
  if (admitted === undefined || typeof admitted === "boolean") return admitted;
  throw wrong("admitted", "true or false");
};

const readChanges = (body: Body, channel: string): SettingChanges => {
  return {
    ...(body["mode"] === undefined ? {} : { mode: readMode(body) }),
    ...(body["allowed"] === undefined ? {} : { allowed: readAllowed(body, channel) }),
    ...(body["batchMs"] === undefined ? {} : { debounceMs: readNumber(body, "batchMs", 600_000) }),
    ...(body["dailyLimit"] === undefined ? {} : { dailyLimit: readNumber(body, "dailyLimit", 1_000_000) }),
    ...(body["dailyPersonLimit"] === undefined
      ? {}
      : { dailyPersonLimit: readNumber(body, "dailyPersonLimit", 1_000_000) }),
  };
};

export const setGroupRoute = (deps: HttpDeps) => async (c: Context<Env>, caller: Caller) => {
  const missing = new Fault("not_found", { message: "Group not found" });
  const group = groupById(deps.store.db, paramId(c));
  if (!group) throw missing;
  const body = asRecord(await readJson(c.req.raw, deps.limits.bodyBytes));
  const admitted = readAdmitted(body);
  const changes = readChanges(body, deps.bots.known.get(group.botId)?.channelName ?? "");
  if (Object.keys(changes).length === 0 && admitted === undefined) {
    throw new Fault("bad_request", { message: "Nothing in the body is a setting of a group" });
  }
  const { write } = deps.store;
  const who = { chat: group.id, by: `token:${caller.tokenId}`, at: deps.now() };
  const configured = configuredOf(deps, group).groups.mode;
  // One batch of the writer.
  await Promise.all([
    ...(admitted === true ? [write.admitGroup({ bot: group.botId, ...who })] : []),
    ...(admitted === false ? [write.leaveGroup({ bot: group.botId, ...who })] : []),
    write.setChatSetting({ changes, as: "operator", configured, ...who }),
  ]);
  const set = groupById(deps.store.db, group.id);
  if (!set) throw missing;
  return ok(describeGroup(deps, set));
};
