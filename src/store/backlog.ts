/**
 * What waits now: open turns, unsent parts, dead letters. Only open rows are looked at, by the partial indexes that the
 * queues use, a page at a time, so that neither history nor a long queue holds up whoever else reads.
 */
import type { Db } from "./db.ts";

export type Backlog = {
  /** Open turns by state. */
  readonly turns: ReadonlyMap<string, number>;
  /** Unsent parts by state. */
  readonly parts: ReadonlyMap<string, number>;
  /** Dead letters: `turn`, `part`, or `ambiguous` for a part that may have arrived. */
  readonly deadLetters: ReadonlyMap<string, number>;
  /** When the queued turn and the unsent part fell due that have been due the longest; null where none is there. */
  readonly turnDueAt: number | null;
  readonly partDueAt: number | null;
};

const pageRows = 1_000;
const mostPages = 10;

/** Of each kind so many are counted at most; more are told as so many. */
export const mostCounted = pageRows * mostPages;

type Row = { readonly key: number | string; readonly id: number; readonly name: string };

/** Each answers the rows behind a key and an id, in the order of an index, which is named so that it is this one. */
export const backlogSql = {
  queued: `SELECT due_at AS key, id, 'queued' AS name FROM turns INDEXED BY turns_queued_by_due
    WHERE state = 'queued' AND (due_at, id) > (?1, ?2) ORDER BY due_at, id LIMIT ${pageRows}`,
  held: `SELECT share AS key, id, state AS name FROM turns INDEXED BY turns_held_by_share
    WHERE finished_at IS NULL AND state <> 'queued' AND (share, id) > (?1, ?2) ORDER BY share, id LIMIT ${pageRows}`,
  parts: `SELECT due_at AS key, id, state AS name FROM outbox INDEXED BY outbox_open_by_due
    WHERE finished_at IS NULL AND (due_at, id) > (?1, ?2) ORDER BY due_at, id LIMIT ${pageRows}`,
  deadLetters: `SELECT d.created_at AS key, d.id AS id,
      CASE WHEN d.source = 'turn' THEN 'turn' WHEN o.state = 'ambiguous' THEN 'ambiguous' ELSE 'part' END AS name
    FROM dead_letters d LEFT JOIN outbox o ON d.source = 'outbox' AND o.id = d.source_id
    WHERE (d.created_at, d.id) > (?1, ?2) ORDER BY d.created_at, d.id LIMIT ${pageRows}`,
  turnDue: "SELECT min(due_at) AS due FROM turns WHERE state = 'queued'",
  partDue: "SELECT min(due_at) AS due FROM outbox WHERE finished_at IS NULL",
} as const;

const tally = async (db: Db, sql: string, first: number | string, names: readonly string[]) => {
  const counts = new Map(names.map((name) => [name, 0]));
  let after: Pick<Row, "key" | "id"> = { key: first, id: 0 };
  for (let page = 0; page < mostPages; page += 1) {
    const rows = db.$client.query<Row, [number | string, number]>(sql).all(after.key, after.id);
    for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) break;
    after = last;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return counts;
};

const due = (db: Db, sql: string): number | null =>
  db.$client.query<{ due: number | null }, []>(sql).get()?.due ?? null;

export const readBacklog = async (db: Db): Promise<Backlog> => {
  const queued = await tally(db, backlogSql.queued, 0, ["queued"]);
  const held = await tally(db, backlogSql.held, "", ["running", "waiting", "uncertain"]);
  return {
    turns: new Map([...queued, ...held]),
    parts: await tally(db, backlogSql.parts, 0, ["pending", "sending"]),
    deadLetters: await tally(db, backlogSql.deadLetters, 0, ["turn", "part", "ambiguous"]),
    turnDueAt: due(db, backlogSql.turnDue),
    partDueAt: due(db, backlogSql.partDue),
  };
};
