/**
 * How a message joins a turn of its chat that waits, and how long it waits for others.
 *
 * In a direct chat, what its person adds joins. In a group that batches, everything does. In one that the agent only
 * listens to, what it heard waits for the first message that calls it. The pieces of an album always join each other.
 * Nothing joins across a command or a change of the conversation, nor a turn that was tried before.
 */
import { and, eq, sql } from "drizzle-orm";
import { type Chat, resolveLane } from "./bindings.ts";
import { settingsOfChat } from "./chat-settings.ts";
import type { Db } from "./db.ts";
import { assignTurn, insertTurn, selectLastOpen } from "./inbox-queries.ts";
import type { Turn } from "./lanes.ts";
import type { Accepted, NewEvent, Place, TurnRequest } from "./new-event.ts";
import { arg, prepared } from "./prepared.ts";
import { events, turns } from "./schema.ts";

/** The pieces of an album come within moments of each other. */
const albumMs = 1_000;
/** However many messages come, the first waits no longer than this, or ten times what one waits. */
const longestMs = 60_000;
/** Messages of one turn; what comes then begins the next. */
const mostEvents = 50;

/**
 * Which turns of a group take more: `batch` one that waits for others, `called` the same once somebody called the agent,
 * `listen` one that the agent only listens to. In a direct chat it is whose messages these are.
 */
type GroupKey = "batch" | "called" | "listen";

type Message = {
  readonly event: NewEvent;
  readonly row: number;
  readonly chat: Chat;
  readonly handle: number | null;
  /** Whose direct chat it is. */
  readonly person: number | undefined;
  readonly personId: number | null;
  readonly share: string;
};

const countEvents = prepared((db) =>
  db
    .select({ count: sql<number>`count(*)` })
    .from(events)
    .where(eq(events.turnId, arg("turn")))
    .prepare(),
);

const isOpenFor = (db: Db, turn: Turn): boolean =>
  turn.state === "queued" &&
  turn.attempts === 0 &&
  turn.cancelAt === null &&
  turn.command === null &&
  (countEvents(db).get({ turn: turn.id })?.count ?? 0) < mostEvents;

/** The last open turn of the chat, if a message for this lane may join it. */
const findOpen = (db: Db, chat: number, lane: number, keys: readonly string[]): Turn | undefined => {
  const last = selectLastOpen(db).get({ chat });
  if (last?.mergeKey == null || !keys.includes(last.mergeKey) || last.conversationId !== lane) return undefined;
  return isOpenFor(db, last) ? last : undefined;
};

const albumSql = `SELECT t.id FROM turns t JOIN events e ON e.turn_id = t.id
  WHERE t.chat_id = ? AND t.finished_at IS NULL AND t.state = 'queued' AND e.handle_id = ?
  AND json_extract(e.payload, '$.album') = ? ORDER BY t.id DESC LIMIT 1`;

/** The turn that has the other pieces of this message's album, while it waits. */
export const findAlbum = (db: Db, { payload, kind }: NewEvent, { chat, handle }: Place): Turn | undefined => {
  if (payload.album === undefined || handle === null || kind !== "message") return undefined;
  const found = db.$client.query<{ id: number }, [number, number, string]>(albumSql).get(chat, handle, payload.album);
  const turn = found ? db.select().from(turns).where(eq(turns.id, found.id)).get() : undefined;
  return turn && isOpenFor(db, turn) ? turn : undefined;
};

const isCalling = ({ chat, payload }: NewEvent): boolean => chat.kind === "group" && payload.addressed !== false;

const most = (waitMs: number): number => Math.max(waitMs, Math.min(10 * waitMs, longestMs));

/** When a turn is due that one more message has joined. */
const nextDue = (turn: Turn, event: NewEvent, waitMs: number): number => {
  const { at } = event;
  const album = event.payload.album === undefined ? 0 : Math.min(at + albumMs, turn.createdAt + most(albumMs));
  const called = turn.mergeKey === "called" || isCalling(event);
  if (called) return Math.max(Math.min(turn.dueAt, at), album);
  return Math.max(Math.min(at + waitMs, turn.createdAt + most(waitMs)), album);
};

/** What becomes of a turn's key when somebody calls the agent: a group that does not batch answers each call by itself. */
const calledKey = (key: string | null): string | null => (key === "batch" || key === "called" ? "called" : null);

/** What is answered about a message that became part of a turn. */
export const joined = (turn: Turn): Accepted => ({
  outcome: "merged",
  turn: turn.id,
  turnId: turn.publicId,
  // Only what goes to an agent is joined, and that has a lane.
  lane: turn.conversationId ?? 0,
});

/** One more message for a turn that waits. It waits longer with it, or not at all. */
export const joinTurn = (db: Db, turn: Turn, event: NewEvent, row: number, waitMs = 0): Accepted => {
  const calling = isCalling(event);
  const set = calling ? { muted: false, mergeKey: event.payload.album ? turn.mergeKey : calledKey(turn.mergeKey) } : {};
  db.update(turns)
    .set({ dueAt: nextDue(turn, event, waitMs), ...set })
    .where(eq(turns.id, turn.id))
    .run();
  assignTurn(db).run({ turn: turn.id, event: row });
  return joined(turn);
};

/** Somebody called the agent after all: the turn is due, and is answered. */
export const callTurn = (db: Db, turn: number, at: number): void => {
  db.update(turns)
    .set({ muted: false, dueAt: sql`min(${turns.dueAt}, ${at})` })
    .where(and(eq(turns.id, turn), eq(turns.state, "queued")))
    .run();
};

/** The keys of the turns that a message may join, and the one that its own gets. */
const keysOf = (message: Message, muted: boolean, waitMs: number): { own: string | null; joins: readonly string[] } => {
  const { event, chat, handle } = message;
  if (chat.kind !== "group") {
    const own = handle === null ? null : `handle:${handle}`;
    return { own, joins: own === null ? [] : [own] };
  }
  const all: readonly GroupKey[] = waitMs > 0 ? ["batch", "called", "listen"] : ["listen"];
  const own: GroupKey | null = waitMs > 0 ? (isCalling(event) ? "called" : "batch") : muted ? "listen" : null;
  return { own, joins: all };
};

/** Part of the transaction that accepts a message: its turn, or the one it joins. */
export const queueTurn = (db: Db, request: TurnRequest, message: Message): Accepted => {
  const { event, row, chat, person, personId, share } = message;
  const { publicId, accountId, agentId, agentName, trigger, muted = false } = request;
  const lane = resolveLane(db, chat, request, event.at, person);
  const set = request.merges ? settingsOfChat(db, chat.id)?.debounceMs : 0;
  const waitMs = set ?? request.waitMs ?? 0;
  const { own, joins } = request.merges ? keysOf(message, muted, waitMs) : { own: null, joins: [] };
  const open = joins.length === 0 ? undefined : findOpen(db, chat.id, lane, joins);
  if (open) return joinTurn(db, open, event, row, waitMs);
  const pieces = event.payload.album === undefined ? 0 : albumMs;
  const dueAt = request.dueAt + Math.max(isCalling(event) ? 0 : waitMs, pieces);
  const turn = insertTurn(db).get({
    owner: chat.owner,
    publicId,
    botId: event.botId,
    chatId: chat.id,
    personId,
    tokenId: event.chat.tokenId ?? null,
    accountId,
    agentId,
    agentName,
    lane,
    command: null,
    trigger,
    share,
    mergeKey: own,
    muted,
    dueAt,
    at: event.at,
  });
  assignTurn(db).run({ turn: turn.id, event: row });
  return { outcome: "queued", turn: turn.id, turnId: publicId, lane };
};
