/**
 * Events that are about earlier ones: edits, deletions, stops. A message that still waits in the queue is changed where it
 * is, or taken out; what the agent has heard stays heard, so a later edit is a message of its own that names the one it
 * changes.
 */
import type { FileRef } from "../message.ts";
import { type CancelAnswer, cancelShown, cancelTurn } from "./cancel.ts";
import type { Db } from "./db.ts";
import { callTurn } from "./merging.ts";
import type { InboxPayload, NewEvent, Place } from "./new-event.ts";

export type Change = {
  /** Why nothing is left to answer; undefined when the event goes on as a message of its own. */
  readonly ignored: string | undefined;
  /** Turns that have nothing left to be about. */
  readonly stopped: readonly CancelAnswer[];
  /** The turn that waits with what was changed. */
  readonly turn?: number;
};

/** Which files these are, as far as can be told: platforms call one file by several names. */
const describe = (files: readonly FileRef[]): string =>
  JSON.stringify(files.map(({ kind, name, mime, bytes, seconds }) => [kind, name, mime, bytes, seconds]));

const ignore = (ignored: string): Change => ({ ignored, stopped: [] });

type Earlier = {
  readonly id: number;
  readonly handle: number | null;
  readonly payload: string | null;
  readonly turn: number | null;
  /** It waits, and no request was made of it yet. */
  readonly waits: number;
};

/** A message, in the newest version whose words are known here. */
const findEarlier = (db: Db, chat: number, messageId: string): Earlier | undefined =>
  db.$client
    .query<Earlier, [number, string]>(
      `SELECT e.id, e.handle_id AS handle, e.payload, e.turn_id AS turn,
         t.state = 'queued' AND t.attempts = 0 AND t.cancel_at IS NULL AND t.command IS NULL AS waits
       FROM events e LEFT JOIN turns t ON t.id = e.turn_id
       WHERE e.chat_id = ? AND e.message_id = ? AND e.kind IN ('message', 'edit') AND e.payload IS NOT NULL
       ORDER BY e.id DESC LIMIT 1`,
    )
    .get(chat, messageId) ?? undefined;

const setPayload = (db: Db, event: number, payload: InboxPayload): void => {
  db.$client.query(`UPDATE events SET payload = ? WHERE id = ?`).run(JSON.stringify(payload), event);
};

const edit = (db: Db, { payload, at }: NewEvent, place: Place): Change => {
  const earlier = findEarlier(db, place.chat, payload.about ?? "");
  if (earlier?.payload == null || earlier.handle !== place.handle) return { ignored: undefined, stopped: [] };
  const known = JSON.parse(earlier.payload) as InboxPayload;
  if (known.text === payload.text && describe(known.files) === describe(payload.files)) return ignore("edit-unchanged");
  if (!earlier.waits || earlier.turn === null) return { ignored: undefined, stopped: [] };
  const { text, files, attachments = known.attachments } = payload;
  const isCalled = payload.addressed !== false && known.addressed === false;
  const { addressed, ...kept } = known;
  const changed = { ...kept, text, files, ...(attachments === undefined ? {} : { attachments }) };
  setPayload(db, earlier.id, isCalled || addressed === undefined ? changed : { ...changed, addressed });
  if (isCalled) callTurn(db, earlier.turn, at);
  return { ...ignore("edited"), turn: earlier.turn };
};

const remove = (db: Db, { payload, at }: NewEvent, place: Place): Change => {
  const earlier = findEarlier(db, place.chat, payload.about ?? "");
  if (!earlier?.waits || earlier.turn === null) return ignore("kind-delete");
  db.$client
    .query(`UPDATE events SET turn_id = NULL, ignored = 'deleted', payload = NULL WHERE id = ?`)
    .run(earlier.id);
  const { turn } = earlier;
  const left = db.$client.query(`SELECT 1 FROM events WHERE turn_id = ? LIMIT 1`).get(turn);
  return { ignored: "deleted", stopped: left ? [] : cancelTurn(db, { turn, at }) };
};

const stop = (db: Db, { payload, at }: NewEvent, { chat }: Place): Change => {
  const stopped = cancelShown(db, { chat, preview: payload.about, at });
  return stopped.length === 0 ? ignore("nothing-to-stop") : { ignored: undefined, stopped };
};

/** Part of the transaction that accepts an event: what it does to an earlier one, when it is about one. */
export const changeEarlier = (db: Db, event: NewEvent, place: Place): Change => {
  if (event.movedTo !== undefined) return ignore("moved");
  if (event.kind === "edit") return edit(db, event, place);
  if (event.kind === "delete") return remove(db, event, place);
  if (event.kind === "stop") return stop(db, event, place);
  return { ignored: undefined, stopped: [] };
};
