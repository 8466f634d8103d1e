/** Who waits, who may talk, which groups there are: as operators list them. */
import { desc, lt } from "drizzle-orm";
import type { GroupMode } from "../access/rules.ts";
import type { Db } from "./db.ts";
import { audit } from "./schema.ts";

/** The id by which the platform knows the person; their first one, when they have several. */
const platformId = `(SELECT substr(rest, instr(rest, ':') + 1) FROM
  (SELECT substr(handle, instr(handle, ':') + 1) AS rest FROM handles WHERE person_id = p.id ORDER BY id LIMIT 1))`;

export type ListedWaiting = {
  readonly id: number;
  readonly of: "person" | "group";
  readonly code: string;
  readonly person: number | null;
  /** Of the person who asks, or who spoke for the group. */
  readonly personName: string | null;
  readonly userId: string | null;
  readonly chat: number;
  readonly key: string;
  readonly title: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
};

/** At one bot, oldest first. */
export const listWaiting = (db: Db, bot: number, at: number): readonly ListedWaiting[] =>
  db.$client
    .query<ListedWaiting, [number, number]>(
      `SELECT a.id, a.kind AS "of", a.code, a.person_id AS person, p.name AS personName, ${platformId} AS userId,
         a.chat_id AS chat, c.key, c.title, a.created_at AS createdAt, a.expires_at AS expiresAt
       FROM admissions a JOIN chats c ON c.id = a.chat_id LEFT JOIN persons p ON p.id = a.person_id
       WHERE a.bot_id = ? AND a.state = 'waiting' AND a.expires_at > ? ORDER BY a.id`,
    )
    .all(bot, at);

export type ListedPerson = {
  readonly id: number;
  readonly botId: number;
  readonly person: number;
  readonly name: string | null;
  readonly userId: string | null;
  readonly state: "operator" | "granted" | "revoked" | "blocked";
  readonly since: number;
};

/** Everybody about whom something was decided, newest decision's row first, below `before`. */
export const listPeople = (
  db: Db,
  { before, limit }: { readonly before: number; readonly limit: number },
): readonly ListedPerson[] =>
  db.$client
    .query<ListedPerson, [number, number]>(
      `SELECT g.id, g.bot_id AS botId, g.person_id AS person, p.name, ${platformId} AS userId,
         iif(o.person_id IS NULL, g.state, 'operator') AS state, g.changed_at AS since
       FROM grants g JOIN persons p ON p.id = g.person_id
       LEFT JOIN operators o ON o.bot_id = g.bot_id AND o.person_id = g.person_id
       WHERE g.id < ? ORDER BY g.id DESC LIMIT ?`,
    )
    .all(before, limit);

export type ListedGroup = {
  readonly id: number;
  readonly botId: number;
  readonly key: string;
  readonly title: string | null;
  readonly admittedAt: number | null;
  readonly mode: GroupMode | null;
  readonly ceiling: GroupMode | null;
  readonly allowed: string | null;
  readonly debounceMs: number | null;
  readonly dailyLimit: number | null;
  readonly dailyPersonLimit: number | null;
};

const selectGroups = `SELECT c.id, c.bot_id AS botId, c.key, c.title, s.admitted_at AS admittedAt, s.mode, s.ceiling, s.allowed,
  s.debounce_ms AS debounceMs, s.daily_limit AS dailyLimit, s.daily_person_limit AS dailyPersonLimit
  FROM chats c LEFT JOIN chat_settings s ON s.chat_id = c.id`;

/** Rows that are looked at for one page: most chats are no groups. */
const pageRows = 1_000;

/** Groups below `before`, newest first; a page may be short, or empty, and not the last one. */
export const listGroups = (
  db: Db,
  { before, limit }: { readonly before: number; readonly limit: number },
): { readonly groups: readonly ListedGroup[]; readonly next: number | null } => {
  const rows = db.$client
    .query<ListedGroup & { readonly kind: string; readonly withinId: number | null }, [number, number]>(
      `${selectGroups.replace("SELECT c.id", "SELECT c.kind, c.within_id AS withinId, c.id")} WHERE c.id < ? ORDER BY c.id DESC LIMIT ?`,
    )
    .all(before, pageRows);
  const found = rows.filter(({ kind, withinId }) => kind === "group" && withinId === null);
  const groups = found.slice(0, limit);
  const last = found.length > limit ? groups.at(-1) : rows.at(-1);
  return { groups, next: found.length <= limit && rows.length < pageRows ? null : (last?.id ?? null) };
};

export const groupById = (db: Db, id: number): ListedGroup | undefined =>
  db.$client
    .query<ListedGroup, [number]>(`${selectGroups} WHERE c.id = ? AND c.kind = 'group' AND c.within_id IS NULL`)
    .get(id) ?? undefined;

export type AuditEntry = typeof audit.$inferSelect;

/** The audit log below `before`, newest first. */
export const listAudit = (
  db: Db,
  { before, limit }: { readonly before: number; readonly limit: number },
): readonly AuditEntry[] =>
  db.select().from(audit).where(lt(audit.id, before)).orderBy(desc(audit.id)).limit(limit).all();
