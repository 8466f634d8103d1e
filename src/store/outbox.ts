/** The outbox: parts on their way to a platform, one chat after another's own order. States: `outbox/states.ts`. */
import { and, asc, eq, isNull, ne, or, sql } from "drizzle-orm";
import type { OutboxKind } from "../outbox/states.ts";
import type { Db, QueueIndex } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { deadLetters, outbox } from "./schema.ts";

export type OutboxRow = typeof outbox.$inferSelect;

export type NewPart = {
  readonly owner: string;
  readonly botId: number;
  readonly chatId: number;
  readonly turnId: number | null;
  readonly kind: OutboxKind;
  /** JSON `Address`. */
  readonly address: string;
  /** JSON `Part`. */
  readonly part: string;
  readonly sendKey: string;
  readonly deadlineAt: number;
  /** A message of the platform that it takes the place of. */
  readonly replaces?: string | null;
  /** The same by the row of an earlier part of its chat. */
  readonly replacesPart?: number;
  /** Until when a number stands for one of the choices it lists. */
  readonly offersUntil?: number;
};

const insertPart = prepared((db) =>
  db
    .insert(outbox)
    .values({
      owner: arg("owner"),
      botId: arg("botId"),
      chatId: arg("chatId"),
      turnId: arg("turnId"),
      kind: arg("kind"),
      address: arg("address"),
      part: arg("part"),
      sendKey: arg("sendKey"),
      deadlineAt: arg("deadlineAt"),
      replaces: arg("replaces"),
      replacesPart: arg("replacesPart"),
      offersUntil: arg("offersUntil"),
      state: "pending",
      dueAt: arg("at"),
      createdAt: arg("at"),
    })
    .prepare(),
);

export const putOutbox = (db: Db, parts: readonly NewPart[], at: number): void => {
  for (const part of parts) {
    const { replaces = null, replacesPart = null, offersUntil = null } = part;
    insertPart(db).run({ ...part, replaces, replacesPart, offersUntil, at });
  }
};

/** The same as a write of its own, for what belongs to no turn. */
export const addToOutbox = (db: Db, args: { readonly parts: readonly NewPart[]; readonly at: number }): void =>
  putOutbox(db, args.parts, args.at);

const selectSendKey = prepared((db) =>
  db
    .select({ id: outbox.id })
    .from(outbox)
    .where(eq(outbox.sendKey, arg("sendKey")))
    .prepare(),
);

/** The row of a part. */
export const partBySendKey = (db: Db, sendKey: string): number | undefined => selectSendKey(db).get({ sendKey })?.id;

/** Parts that were not stored before, by their send keys. */
export const unsaid = (db: Db, parts: readonly NewPart[]): readonly NewPart[] =>
  parts.filter(({ sendKey }) => partBySendKey(db, sendKey) === undefined);

/** The same for what may have been said before: that is not said again. */
export const addOnce = (db: Db, args: { readonly parts: readonly NewPart[]; readonly at: number }): void =>
  putOutbox(db, unsaid(db, args.parts), args.at);

/** What a turn has said, or is about to, in all chats. */
export const partsOfTurn = (db: Db, turn: number): readonly OutboxRow[] =>
  db.select().from(outbox).where(eq(outbox.turnId, turn)).orderBy(asc(outbox.id)).all();

const selectPlatformId = prepared((db) =>
  db
    .select({ platformId: outbox.platformId })
    .from(outbox)
    .where(eq(outbox.id, arg("id")))
    .prepare(),
);

/** What an earlier part has become on the platform, now that it is this one's turn to take its place. */
const withReplaced = (db: Db, row: OutboxRow): OutboxRow => {
  if (row.replacesPart === null) return row;
  return { ...row, replaces: selectPlatformId(db).get({ id: row.replacesPart })?.platformId ?? row.replaces };
};

const selectHead = prepared((db) =>
  db
    .select({
      id: outbox.id,
      state: outbox.state,
      dueAt: outbox.dueAt,
      deadlineAt: outbox.deadlineAt,
      copied: outbox.copied,
    })
    .from(outbox)
    .where(and(eq(outbox.chatId, arg("chat")), isNull(outbox.finishedAt)))
    .orderBy(asc(outbox.id))
    .limit(1)
    .prepare(),
);

const lease = prepared((db) =>
  db
    .update(outbox)
    .set({ state: "sending", leaseBoot: sql`${arg("boot")}`, attempts: sql`${outbox.attempts} + 1` })
    .where(eq(outbox.id, arg("id")))
    .returning()
    .prepare(),
);

/**
 * Moves the oldest unfinished part of a chat to `sending`, if it is pending and due; parts never overtake each other.
 * A part that is out of time is answered too: the sender buries it.
 */
export const claimPart = (
  db: Db,
  args: { readonly chat: number; readonly boot: number; readonly at: number },
): OutboxRow | null => {
  const head = selectHead(db).get({ chat: args.chat });
  if (head?.state !== "pending" || head.dueAt > args.at) return null;
  return withReplaced(db, lease(db).get({ id: head.id, boot: args.boot }));
};

/** A chat's oldest unfinished part, if it could be claimed now. */
export const duePart = (db: Db, chat: number, at: number): Pick<OutboxRow, "id" | "copied" | "deadlineAt"> | null => {
  const head = selectHead(db).get({ chat });
  return head?.state === "pending" && head.dueAt <= at ? head : null;
};

const updateFinished = prepared((db) =>
  db
    .update(outbox)
    .set({
      state: sql`${arg("state")}`,
      // Of a part that ends in the middle the message that was taken last stays known.
      platformId: sql`coalesce(${arg("platformId")}, ${outbox.platformId})`,
      errorCode: sql`${arg("code")}`,
      ambiguous: sql`${outbox.ambiguous} OR ${arg("ambiguous")}`,
      leaseBoot: null,
      finishedAt: sql`${arg("at")}`,
    })
    .where(eq(outbox.id, arg("id")))
    .returning({ owner: outbox.owner })
    .prepare(),
);

/** Ends a part: the platform has it, may have it, or never will. */
export const finishPart = (
  db: Db,
  args: {
    readonly id: number;
    readonly state: "sent" | "ambiguous" | "dead";
    readonly platformId?: string;
    readonly code?: string;
    readonly at: number;
  },
): void => {
  const { id, state, platformId = null, code = null, at } = args;
  const row = updateFinished(db).get({ id, state, platformId, code, ambiguous: state === "ambiguous", at });
  if (!row || state === "sent") return;
  db.insert(deadLetters)
    .values({ owner: row.owner, source: "outbox", sourceId: id, code: code ?? "internal", createdAt: at })
    .onConflictDoNothing()
    .run();
};

/**
 * Back to `pending` with what is left of the part: the platform has its beginning. What only the first message of a part
 * has, the message it answers and the one it replaces, is done with.
 */
export const continuePart = (
  db: Db,
  args: {
    readonly id: number;
    readonly platformId: string;
    /** JSON `Part[]`. */
    readonly rest: string;
    readonly at: number;
  },
): void => {
  const { id, platformId, rest, at } = args;
  db.update(outbox)
    .set({
      state: "pending",
      platformId,
      said: sql`${outbox.said} + 1`,
      rest,
      address: sql`json_remove(${outbox.address}, '$.reply')`,
      replaces: null,
      replacesPart: null,
      dueAt: at,
      attempts: 0,
      copied: false,
      errorCode: null,
      leaseBoot: null,
    })
    .where(eq(outbox.id, id))
    .run();
};

/** Back to `pending`: nothing arrived, or a copy is allowed (`ambiguous`). */
export const retryPart = (
  db: Db,
  args: { readonly id: number; readonly dueAt: number; readonly code: string; readonly ambiguous: boolean },
): void => {
  db.update(outbox)
    .set({
      state: "pending",
      dueAt: args.dueAt,
      errorCode: args.code,
      leaseBoot: null,
      ...(args.ambiguous ? { ambiguous: true, copied: true } : {}),
    })
    .where(eq(outbox.id, args.id))
    .run();
};

/** Parts that the previous process was sending: nobody saw the platform's answer. */
export const reclaimParts = (db: Db, args: { readonly boot: number }): readonly OutboxRow[] =>
  db
    .update(outbox)
    .set({ leaseBoot: args.boot })
    .where(
      and(
        isNull(outbox.finishedAt),
        eq(outbox.state, "sending"),
        or(isNull(outbox.leaseBoot), ne(outbox.leaseBoot, args.boot)),
      ),
    )
    .returning()
    .all();

/** What a runner asks about the chats with unsent parts. */
export const chatQueue = (db: Db): QueueIndex => ({
  waiting: (after) =>
    db.$client
      .query<{ chat: number }, [number]>(
        `SELECT DISTINCT chat_id AS chat FROM outbox WHERE finished_at IS NULL AND chat_id > ? ORDER BY chat_id LIMIT 500`,
      )
      .all(after)
      .map((row) => row.chat),
  nextDue: (after) =>
    db.$client
      .query<{ due: number | null }, [number]>(
        `SELECT min(due_at) AS due FROM outbox WHERE finished_at IS NULL AND due_at > ?`,
      )
      .get(after)?.due ?? undefined,
  dueBetween: (after, until, afterKey) =>
    db.$client
      .query<{ chat: number }, [number, number, number]>(
        `SELECT DISTINCT chat_id AS chat FROM outbox WHERE finished_at IS NULL AND due_at > ? AND due_at <= ?
         AND chat_id > ? ORDER BY chat_id LIMIT 500`,
      )
      .all(after, until, afterKey)
      .map((row) => row.chat),
});
