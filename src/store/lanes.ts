/**
 * Lanes: who may run next, and what a restart does with those that ran. The rules are two. A chat's turns run in the
 * order they came, so only its oldest open turn is a candidate. A lane runs one turn at a time: the oldest candidate that
 * is due, whose account is not paused and whose share is not used up. Neither a caller of the API nor a command waits for
 * anybody to mend a key: their turn runs, and fails at once. Control commands stand in no order at all.
 */
import { and, asc, eq, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { Db, QueueIndex } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { accounts, posts, turns } from "./schema.ts";

export type Turn = typeof turns.$inferSelect;

/** A turn with an agent, which is what stands in a lane: a message, or a command about its conversation. */
export type AgentTurn = Turn & {
  readonly accountId: number;
  readonly agentId: string;
  readonly agentName: string;
  readonly conversationId: number;
};

/** Whether an agent answers it; lettabox answers commands itself. */
export const isForAgent = (turn: Turn): turn is AgentTurn => turn.command === null;

/** Boots in a row that may lease a row and get nowhere before it is parked. */
const maxStalledBoots = 5;

/** Candidates of a lane, one per chat: walks from chat to chat by index, so a chat with a long queue costs as much as a short one. */
const candidatesSql = `
WITH RECURSIVE heads(chat_id) AS (
  SELECT min(chat_id) FROM turns WHERE conversation_id = ?1 AND finished_at IS NULL
  UNION ALL
  SELECT (SELECT min(chat_id) FROM turns WHERE conversation_id = ?1 AND finished_at IS NULL AND chat_id > heads.chat_id)
  FROM heads WHERE heads.chat_id IS NOT NULL
  LIMIT 1000
)
SELECT t.id, t.share FROM heads
JOIN turns t ON t.id = (
  SELECT min(id) FROM turns h WHERE h.chat_id = heads.chat_id AND h.finished_at IS NULL AND h.trigger <> 'control')
LEFT JOIN accounts a ON a.id = t.account_id
WHERE heads.chat_id IS NOT NULL AND t.conversation_id = ?1 AND t.state = 'queued' AND t.due_at <= ?2
  AND (a.paused_at IS NULL OR t.trigger IN ('api', 'command'))
ORDER BY t.id`;

const busySql = `SELECT 1 FROM turns WHERE conversation_id = ? AND finished_at IS NULL AND state <> 'queued' LIMIT 1`;
const shareSql = `SELECT count(*) AS n FROM turns WHERE share = ? AND finished_at IS NULL AND state <> 'queued'`;

export type Claimed = {
  readonly turn: AgentTurn | null;
  /** Someone could run but for the share: ask again when another turn of that share ends. */
  readonly starved: boolean;
};

/** Moves a turn from `queued` to `running` under this boot: the only place that counts an attempt. */
export const leaseTurn = prepared((db) =>
  db
    .update(turns)
    .set({
      state: "running",
      leaseBoot: sql`${arg("boot")}`,
      startedAt: sql`${arg("at")}`,
      attempts: sql`${turns.attempts} + 1`,
    })
    .where(eq(turns.id, arg("id")))
    .returning()
    .prepare(),
);

/** Moves the head of the lane from `queued` to `running` under this boot; no turn when there is none or the lane is held. */
export const claimTurn = (
  db: Db,
  args: { readonly lane: number; readonly boot: number; readonly at: number; readonly share: number },
): Claimed => {
  const sqlite = db.$client;
  if (sqlite.query(busySql).get(args.lane)) return { turn: null, starved: false };
  let starved = false;
  for (const head of sqlite
    .query<{ id: number; share: string }, [number, number]>(candidatesSql)
    .all(args.lane, args.at)) {
    const used = sqlite.query<{ n: number }, [string]>(shareSql).get(head.share)?.n ?? 0;
    if (used >= args.share) {
      starved = true;
      continue;
    }
    const turn = leaseTurn(db).get({ id: head.id, boot: args.boot, at: args.at });
    // The columns are only null for what stands in no lane, and this one was found by its lane.
    return { turn: turn as AgentTurn, starved };
  }
  return { turn: null, starved };
};

/**
 * What the previous process left behind. A turn that never posted goes back to its place; one whose post may have left
 * becomes `uncertain`, for reconcile to look at; one that waits for an approval goes on waiting; one that got nowhere five boots in a row is answered as `parked`, for the
 * engine to give up on.
 */
export const reclaimTurns = (
  db: Db,
  args: { readonly boot: number; readonly at: number },
): {
  readonly uncertain: readonly AgentTurn[];
  readonly waiting: readonly AgentTurn[];
  readonly parked: readonly Turn[];
} => {
  const leftBehind = db
    .select()
    .from(turns)
    .where(
      and(
        isNull(turns.finishedAt),
        ne(turns.state, "queued"),
        or(isNull(turns.leaseBoot), ne(turns.leaseBoot, args.boot)),
      ),
    )
    .all();
  const uncertain: AgentTurn[] = [];
  const waiting: AgentTurn[] = [];
  const parked: Turn[] = [];
  for (const turn of leftBehind) {
    const here = eq(turns.id, turn.id);
    const stalledBoots = turn.state === "running" ? turn.stalledBoots + 1 : turn.stalledBoots;
    const newest = db.select().from(posts).where(eq(posts.turnId, turn.id)).orderBy(asc(posts.id)).all().at(-1);
    const unsent = newest === undefined || (newest.state === "ready" && newest.kind === "message");
    if (turn.state === "running" && unsent && stalledBoots < maxStalledBoots) {
      db.update(turns).set({ state: "queued", leaseBoot: null, stalledBoots }).where(here).run();
      continue;
    }
    if (newest?.state === "sent" && turn.state === "running") {
      db.update(posts).set({ cutBy: "process" }).where(eq(posts.id, newest.id)).run();
    }
    const state = turn.state === "waiting" ? "waiting" : "uncertain";
    db.update(turns).set({ state, leaseBoot: args.boot, stalledBoots }).where(here).run();
    const held = { ...turn, state, stalledBoots } as AgentTurn;
    if (stalledBoots >= maxStalledBoots) parked.push(held);
    else if (state === "waiting") waiting.push(held);
    else uncertain.push(held);
  }
  return { uncertain, waiting, parked };
};

/** What a runner asks about the lanes. */
export const laneQueue = (db: Db): QueueIndex => ({
  waiting: (after) =>
    db.$client
      .query<{ lane: number }, [number]>(
        `WITH RECURSIVE lanes(lane) AS (
           SELECT min(conversation_id) FROM turns WHERE finished_at IS NULL AND conversation_id > ?1
           UNION ALL
           SELECT (SELECT min(conversation_id) FROM turns WHERE finished_at IS NULL AND conversation_id > lanes.lane)
           FROM lanes WHERE lanes.lane IS NOT NULL LIMIT 500)
         SELECT lane FROM lanes WHERE lane IS NOT NULL`,
      )
      .all(after)
      .map((row) => row.lane),
  nextDue: (after) =>
    db.$client
      .query<{ due: number | null }, [number]>(
        `SELECT min(due_at) AS due FROM turns WHERE state = 'queued' AND due_at > ?`,
      )
      .get(after)?.due ?? undefined,
  dueBetween: (after, until, afterKey) =>
    db.$client
      .query<{ lane: number }, [number, number, number]>(
        `SELECT DISTINCT conversation_id AS lane FROM turns
         WHERE state = 'queued' AND due_at > ? AND due_at <= ? AND conversation_id > ? ORDER BY conversation_id LIMIT 500`,
      )
      .all(after, until, afterKey)
      .map((row) => row.lane),
});

/** Queued turns of paused accounts that came before `before`: nobody has mended the key in time. */
export const stranded = (db: Db, before: number): readonly AgentTurn[] =>
  db
    .select({ turn: turns })
    .from(turns)
    .innerJoin(accounts, eq(accounts.id, turns.accountId))
    .where(
      and(eq(turns.state, "queued"), isNull(turns.command), isNotNull(accounts.pausedAt), lt(turns.createdAt, before)),
    )
    .limit(500)
    .all()
    .map((row) => row.turn as AgentTurn);

const selectHead = prepared((db) =>
  db
    .select()
    .from(turns)
    .where(and(eq(turns.chatId, arg("chat")), isNull(turns.finishedAt), ne(turns.trigger, "control")))
    .orderBy(asc(turns.id))
    .limit(1)
    .prepare(),
);

/** A chat's oldest open turn: the only one that may run. */
export const headOfChat = (db: Db, chat: number): Turn | undefined => selectHead(db).get({ chat });

/** Messages of a chat that are not answered yet: how many turns are at work, and how many wait. */
export const openMessages = (db: Db, chat: number): { readonly running: number; readonly waiting: number } => {
  const rows = db
    .select({ state: turns.state })
    .from(turns)
    .where(and(eq(turns.chatId, chat), isNull(turns.finishedAt), isNull(turns.command)))
    .limit(1_000)
    .all();
  const waiting = rows.filter(({ state }) => state === "queued").length;
  return { running: rows.length - waiting, waiting };
};

/** Its lane: whom the end of a turn may have let in. */
export const laneOfChat = (db: Db, chat: number): number | undefined =>
  headOfChat(db, chat)?.conversationId ?? undefined;
