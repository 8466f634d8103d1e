/** Where in their callers' histories the turns of the completions API stand, and what became of them. */
import type { TurnState } from "../turn/states.ts";
import type { Db } from "./db.ts";
import { type Accepted, acceptEvent, findDuplicate, type NewEvent } from "./inbox.ts";
import { heard } from "./schema.ts";

/** Whose histories, and with which agent. */
export type Scope = { readonly scope: string; readonly agentId: string };

export type Heard = {
  readonly id: number;
  readonly chatId: number;
  /** Key of the branch's chat. */
  readonly chat: string;
  readonly place: string;
  readonly withAnswers: boolean;
  readonly instructions: string | null;
  /** Null, like the rest, when the turn is no longer kept. */
  readonly turnId: string | null;
  readonly state: TurnState | null;
  readonly finishedAt: number | null;
  readonly response: string | null;
};

/** Rows that a branch keeps: enough for whoever goes back in a long chat. */
export const rowsPerBranch = 200;
/** Rows in which the latest answers of a scope's branches are looked for. */
const recentRows = 50;
/** Turns that are told apart at one place: as often as somebody may ask for another answer. */
const rowsPerPlace = 20;

const selectSql = (where: string, limit: number): string =>
  `SELECT h.id, h.chat_id AS chatId, c.key AS chat, h.place, h.with_answers AS withAnswers, h.instructions,
     t.public_id AS turnId, t.state, t.finished_at AS finishedAt, t.response
   FROM heard h JOIN chats c ON c.id = h.chat_id LEFT JOIN turns t ON t.id = h.turn_id
   WHERE ${where} ORDER BY h.id DESC LIMIT ${limit}`;

/** A run that failed or was cancelled leaves nothing of its message behind, unless it was cut off in the middle. */
const reached = `(t.id IS NULL OR t.state NOT IN ('failed', 'cancelled') OR t.error_code = 'turn_cut_off')`;

const all = (db: Db, sql: string, values: readonly (string | number)[]): readonly Heard[] =>
  db.$client
    .query<Omit<Heard, "withAnswers"> & { withAnswers: number }, (string | number)[]>(sql)
    .all(...values)
    .map((row) => ({ ...row, withAnswers: row.withAnswers === 1 }));

const atPlace = "h.scope = ? AND h.agent_id = ? AND h.place = ?";

/** The newest turn at this place, whatever became of it. */
export const askedAt = (db: Db, { scope, agentId }: Scope, place: string): Heard | undefined =>
  all(db, selectSql(atPlace, 1), [scope, agentId, place])[0];

/** The turns at this place that reached the agent, or may yet, newest first. */
export const heardAt = (db: Db, { scope, agentId }: Scope, place: string): readonly Heard[] =>
  all(db, selectSql(`${atPlace} AND ${reached}`, rowsPerPlace), [scope, agentId, place]);

/** The newest turn of a scope, whatever became of it. */
export const newestOfScope = (db: Db, { scope, agentId }: Scope): Heard | undefined =>
  all(db, selectSql("h.scope = ? AND h.agent_id = ?", 1), [scope, agentId])[0];

/** The last thing that a branch heard. */
export const headOfBranch = (db: Db, chatId: number, agentId: string): Heard | undefined =>
  all(db, selectSql(`h.chat_id = ? AND h.agent_id = ? AND ${reached}`, 1), [chatId, agentId])[0];

/** The last things that the scope's latest branches heard, newest first. */
export const recentHeads = (db: Db, { scope, agentId }: Scope): readonly Heard[] => {
  const heads = new Map<number, Heard>();
  for (const row of all(db, selectSql(`h.scope = ? AND h.agent_id = ? AND ${reached}`, recentRows), [scope, agentId])) {
    if (!heads.has(row.chatId)) heads.set(row.chatId, row);
  }
  return [...heads.values()];
};

export type Hearing = Scope & {
  readonly place: string;
  readonly withAnswers: boolean;
  readonly instructions: string | null;
  /** When it was decided what to say, this was the last thing that the branch had heard, or nothing the scope had. */
  readonly since?: { readonly chatId: number; readonly head: number } | "empty";
};

export type AcceptedHearing = Accepted | { readonly outcome: "overtaken" };

const pruneSql = `DELETE FROM heard WHERE chat_id = ?1 AND agent_id = ?2 AND id <=
  (SELECT id FROM heard WHERE chat_id = ?1 AND agent_id = ?2 ORDER BY id DESC LIMIT 1 OFFSET ${rowsPerBranch})`;

/** Accepts a request and its place in the caller's history; nothing, and `overtaken`, when another one came in between. */
export const hear = (
  db: Db,
  { event, hearing }: { readonly event: NewEvent; readonly hearing: Hearing },
): AcceptedHearing => {
  const duplicate = findDuplicate(db, event);
  if (duplicate) return duplicate;
  const { scope, agentId, place, withAnswers, instructions, since } = hearing;
  const stands =
    since === undefined ||
    (since === "empty"
      ? newestOfScope(db, hearing) === undefined
      : headOfBranch(db, since.chatId, agentId)?.id === since.head);
  if (!stands) return { outcome: "overtaken" };
  const accepted = acceptEvent(db, event);
  if (accepted.outcome !== "queued") return accepted;
  const chat = db.$client
    .query<{ id: number; owner: string }, [number]>(
      "SELECT c.id, c.owner FROM turns t JOIN chats c ON c.id = t.chat_id WHERE t.id = ?",
    )
    .get(accepted.turn);
  // The turn was made a moment ago, in this transaction.
  if (!chat) throw new Error("a turn has no chat");
  const row = { owner: chat.owner, scope, agentId, chatId: chat.id, turnId: accepted.turn };
  db.insert(heard)
    .values({ ...row, place, withAnswers, instructions })
    .run();
  db.$client.query(pruneSql).run(chat.id, agentId);
  return accepted;
};
