/** Who was let in and who was not: the decisions, each with its line in the audit log. */
import { and, eq } from "drizzle-orm";
import { isWaiting, selectByCode, selectGrant } from "./access-queries.ts";
import { putAudit } from "./audit.ts";
import { type CancelAnswer, cancelChat, cancelTurn } from "./cancel.ts";
import type { Decided } from "./changes.ts";

import { foldCode } from "./codes.ts";
import type { Db } from "./db.ts";
import { admitGroup, markTold } from "./group-admission.ts";
import { isOperator } from "./operators.ts";
import { type NewPart, putOutbox } from "./outbox.ts";
import { admissions, chats, grants, operators, persons } from "./schema.ts";

type GrantState = (typeof grants.$inferSelect)["state"];

export const putGrant = (
  db: Db,
  args: { readonly bot: number; readonly person: number; readonly state: GrantState; readonly at: number },
): void => {
  const { bot: botId, person: personId, state, at } = args;
  db.insert(grants)
    .values({ owner: `person:${personId}`, botId, personId, state, createdAt: at, changedAt: at })
    .onConflictDoUpdate({ target: [grants.botId, grants.personId], set: { state, changedAt: at } })
    .run();
};

const nothing: Decided = { kind: "decided", outcome: "missing", of: "person", chat: null, name: null };

type Waiting = typeof admissions.$inferSelect;

/** Who waits with this code at this bot; undefined when its hour is over. */
export const waitingByCode = (db: Db, bot: number, code: string, at: number): Waiting | undefined => {
  const row = selectByCode(db).get({ bot, code: foldCode(code) });
  return row && row.expiresAt > at ? row : undefined;
};

/** What the person or group of an admission is called. */
export const nameOfWaiting = (db: Db, { kind, personId, chatId }: Waiting): string | null => {
  if (kind === "group")
    return db.select({ title: chats.title }).from(chats).where(eq(chats.id, chatId)).get()?.title ?? null;
  if (personId === null) return null;
  return db.select({ name: persons.name }).from(persons).where(eq(persons.id, personId)).get()?.name ?? null;
};

const decidePerson = (db: Db, row: Waiting, approve: boolean, by: string, at: number): void => {
  const { botId: bot, personId: person, chatId: chat } = row;
  if (person === null) return;
  // Somebody who was blocked since they asked stays so.
  const isBlocked = selectGrant(db).get({ bot, person })?.state === "blocked";
  if (!isBlocked) putGrant(db, { bot, person, state: approve ? "granted" : "revoked", at });
  // Being let in, they hear whom else the agent talks to.
  if (approve) markTold(db, { chat, owner: row.owner, at });
  const action = approve ? "access.granted" : "access.denied";
  putAudit(db, { bot, chat, by, action, subject: `person:${person}`, at });
};

/**
 * Lets in whoever waits with a code, or does not. `parts` tell whoever asked, where the caller does not tell them otherwise.
 */
export const decideAdmission = (
  db: Db,
  args: {
    readonly bot: number;
    readonly code: string;
    readonly approve: boolean;
    readonly by: string;
    readonly at: number;
    readonly parts?: readonly NewPart[];
  },
): Decided => {
  const { bot, code, approve, by, at, parts = [] } = args;
  const row = waitingByCode(db, bot, code, at);
  if (!row) return nothing;
  const { kind: of, chatId: chat } = row;
  db.update(admissions)
    .set({ state: approve ? "approved" : "denied", decidedAt: at, decidedBy: by })
    .where(eq(admissions.id, row.id))
    .run();
  if (of === "person") decidePerson(db, row, approve, by, at);
  else if (approve) admitGroup(db, { bot, chat, by, at });
  else putAudit(db, { bot, chat, by, action: "group.denied", subject: `chat:${chat}`, at });
  putOutbox(db, parts, at);
  const outcome = approve ? "approved" : "denied";
  return { kind: "decided", outcome, of, chat, name: nameOfWaiting(db, row) };
};

export type Closed = {
  /** False: there is nobody by that number, or nothing was open to them. */
  readonly found: boolean;
  readonly stopped: readonly CancelAnswer[];
};

/** The direct chats of a person with a bot: one, on most platforms. */
const directChats = (db: Db, bot: number, person: number): readonly number[] =>
  db.$client
    .query<{ id: number }, [string, number]>(
      `SELECT id FROM chats WHERE owner = ? AND bot_id = ? AND kind = 'direct' LIMIT 100`,
    )
    .all(`person:${person}`, bot)
    .map(({ id }) => id);

/** What they have asked for already is not done any more. */
const stopAll = (db: Db, bot: number, person: number, at: number): readonly CancelAnswer[] =>
  directChats(db, bot, person).flatMap((chat) => cancelChat(db, { chat, at }));

/** The index is named so that only what is open is looked at. What others had a part in is answered all the same. */
const openSql = `SELECT t.id FROM turns t INDEXED BY turns_open_by_chat
  WHERE t.finished_at IS NULL AND t.cancel_at IS NULL AND t.bot_id = ?1 AND t.person_id = ?2 AND t.command IS NULL
    AND NOT EXISTS (
    SELECT 1 FROM events e JOIN handles h ON h.id = e.handle_id WHERE e.turn_id = t.id AND h.person_id <> ?2)
  LIMIT 1000`;

/** The same in whatever chat. */
const stopEverywhere = (db: Db, bot: number, person: number, at: number): readonly CancelAnswer[] =>
  db.$client
    .query<{ id: number }, [number, number]>(openSql)
    .all(bot, person)
    .flatMap(({ id: turn }) => cancelTurn(db, { turn, at }));

type Closing = { readonly bot: number; readonly person: number; readonly by: string; readonly at: number };

const removeOperator = (db: Db, { bot, person, by, at }: Closing): void => {
  if (!isOperator(db, bot, person)) return;
  db.delete(operators)
    .where(and(eq(operators.botId, bot), eq(operators.personId, person)))
    .run();
  putAudit(db, { bot, by, action: "operator.removed", subject: `person:${person}`, at });
};

/** The person is a stranger again, an operator and somebody who was blocked as well. It counts at once. */
export const revokeGrant = (db: Db, args: Closing): Closed => {
  const { bot, person, by, at } = args;
  const known = selectGrant(db).get({ bot, person });
  if (!known || known.state === "revoked") return { found: false, stopped: [] };
  removeOperator(db, args);
  // Whoever was blocked may ask at once; whoever is shown out, after a while.
  if (known.state === "blocked")
    db.delete(grants)
      .where(and(eq(grants.botId, bot), eq(grants.personId, person)))
      .run();
  else putGrant(db, { bot, person, state: "revoked", at });
  putAudit(db, { bot, by, action: "access.revoked", subject: `person:${person}`, detail: known.state, at });
  return { found: true, stopped: stopAll(db, bot, person, at) };
};

/** The person is not even answered any more, in no chat with this bot. */
export const blockPerson = (db: Db, args: Closing): Closed => {
  const { bot, person, by, at } = args;
  const known = db.select({ id: persons.id }).from(persons).where(eq(persons.id, person)).get();
  if (!known) return { found: false, stopped: [] };
  removeOperator(db, args);
  putGrant(db, { bot, person, state: "blocked", at });
  db.update(admissions)
    .set({ state: "denied", decidedAt: at, decidedBy: by })
    .where(and(eq(admissions.botId, bot), isWaiting, eq(admissions.personId, person)))
    .run();
  putAudit(db, { bot, by, action: "access.blocked", subject: `person:${person}`, at });
  const stopped = [...stopAll(db, bot, person, at), ...stopEverywhere(db, bot, person, at)];
  return { found: true, stopped };
};
