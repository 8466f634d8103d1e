/** One step of the janitor: deletes what is old, a few hundred rows at a time, so that nobody waits for it. */
import type { Db } from "./db.ts";

const stepRows = 500;

/**
 * One step. `payloadsBefore` and `deadLettersBefore` are times; what a dead letter or an open turn still needs stays.
 * Answers how many rows it touched; 0 means that nothing is left to do.
 */
export const sweep = (
  db: Db,
  args: { readonly payloadsBefore: number; readonly deadLettersBefore: number },
): number => {
  const { payloadsBefore, deadLettersBefore } = args;
  const old = `SELECT t.id FROM turns t WHERE t.finished_at < ?1
    AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.source = 'turn' AND d.source_id = t.id)
    ORDER BY t.finished_at LIMIT ${stepRows}`;
  const run = (text: string, before: number): number => db.$client.query(text).run(before).changes;

  let touched = 0;
  touched += run(
    `DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE created_at < ? LIMIT ${stepRows})`,
    deadLettersBefore,
  );
  touched += run(
    `DELETE FROM event_keys WHERE rowid IN (SELECT rowid FROM event_keys WHERE received_at < ? LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE created_at < ? LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM admissions WHERE id IN (SELECT id FROM admissions WHERE created_at < ? LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM tallies WHERE rowid IN
       (SELECT rowid FROM tallies WHERE day < strftime('%Y-%m-%d', ? / 1000, 'unixepoch') LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT ${stepRows})`,
    deadLettersBefore,
  );
  // Whatever hangs on a turn goes before the turn: a kill between two steps leaves nothing that nobody finds again.
  touched += run(
    `DELETE FROM turn_events WHERE rowid IN (SELECT rowid FROM turn_events WHERE turn_id IN (${old}) LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE turn_id IN (${old}) LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM posts WHERE id IN (SELECT id FROM posts WHERE turn_id IN (${old}) LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE turn_id IN (${old}) LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    // The oldest are looked at, and no more: what rules leave unanswered is most of what there is.
    `DELETE FROM events WHERE received_at < ? AND id IN
       (SELECT id FROM events WHERE turn_id IS NULL ORDER BY id LIMIT ${stepRows})`,
    payloadsBefore,
  );
  touched += run(
    `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox o WHERE o.finished_at < ?
       AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.source = 'outbox' AND d.source_id = o.id) LIMIT ${stepRows})`,
    payloadsBefore,
  );
  if (touched === 0) touched += run(`DELETE FROM turns WHERE id IN (${old})`, payloadsBefore);
  if (touched > 0) db.$client.run("PRAGMA incremental_vacuum(500)");
  return touched;
};
