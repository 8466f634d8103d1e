/** Reads a turn from any place to its end: stored events first, then the message in the making, as it grows. */
import type { Db } from "../store/db.ts";
import type { Turn } from "../store/lanes.ts";
import { conversationById } from "../store/posts.ts";
import { isTurnOver, turnEventsAfter } from "../store/turns.ts";
import { pieceOf, pieceUnits } from "./growing-text.ts";
import type { LiveEvent } from "./live-event.ts";
import type { Live, Stored, Topic } from "./live.ts";

/** A place in a turn: after event `seq`, and `offset` characters into the one behind it. Written `<seq>` or `<seq>.<n>`. */
export type Place = { readonly seq: number; readonly offset: number };

/** Before `init`, which is no stored event; the id behind it is `0`. */
export const startOfTurn: Place = { seq: -1, offset: 0 };

/** `7` is behind event 7; `8.120` is 120 UTF-16 units into event 8. Null when it is neither. */
export const parsePlace = (id: string): Place | null => {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(id);
  if (!match) return null;
  const seq = Number(match[1]);
  if (match[2] === undefined) return { seq, offset: 0 };
  return seq < 1 ? null : { seq: seq - 1, offset: Number(match[2]) };
};

const formatPlace = ({ seq, offset }: Place): string => (offset === 0 ? String(seq) : `${seq + 1}.${offset}`);

/** An event, and the place behind it. */
export type Step = { readonly place: string; readonly event: LiveEvent };

/** What a reader keeps of a turn while it reads; the whole row holds the whole answer. */
export type ReadTurn = Pick<Turn, "id" | "publicId" | "agentId" | "conversationId">;

type Body = Extract<LiveEvent, { type: "assistant" | "reasoning" }>;

const isText = (event: LiveEvent): event is Body => event.type === "assistant" || event.type === "reasoning";

/** Waits for changes of a topic, and for `abort`, again and again; what happens while nobody waits is not missed. */
const createBell = (topic: Topic, abort: AbortSignal) => {
  let bell = Promise.withResolvers<void>();
  const ring = (): void => bell.resolve();
  topic.wake.add(ring);
  abort.addEventListener("abort", ring);
  return {
    heard: async (): Promise<void> => {
      await bell.promise;
      bell = Promise.withResolvers();
    },
    release: (): void => {
      topic.wake.delete(ring);
      abort.removeEventListener("abort", ring);
    },
  };
};

/** The stored event behind `seq`. Long ones are shared, because slow readers hold on to them. */
const storedBehind = (db: Db, turn: ReadTurn, topic: Topic, seq: number): Stored | undefined => {
  if (topic.long?.seq === seq + 1) return topic.long;
  const [row] = turnEventsAfter(db, turn.id, seq, 1);
  if (!row) return undefined;
  const stored = { seq: row.seq, uuid: row.uuid, event: JSON.parse(row.body) as LiveEvent };
  if (row.body.length > pieceUnits) topic.long = stored;
  return stored;
};

const initEvent = (db: Db, turn: ReadTurn): LiveEvent => ({
  type: "init",
  agentId: turn.agentId ?? "",
  sessionId: turn.publicId,
  conversationId: turn.conversationId === null ? null : (conversationById(db, turn.conversationId)?.upstreamId ?? null),
  model: "",
  tools: [],
});

/**
 * Yields every event of a turn behind `from` until its `result`; long messages in pieces. After `abort` only what is
 * committed already: a turn that ended as the process stops is told to its end. Memory is one event, whatever the reader's
 * speed. A reader that comes back inside a message whose pieces are gone gets it once, whole and in one piece, marked
 * `replace`; so does one that was in the middle of a message that another took the place of. Where no message took it, an
 * empty one does.
 */
export async function* follow(
  deps: { readonly db: Db; readonly live: Live },
  turn: ReadTurn,
  from: Place,
  abort: AbortSignal,
): AsyncGenerator<Step> {
  const { db, live } = deps;
  const { topic, release } = live.use(turn.id);
  const bell = createBell(topic, abort);
  let seq = Math.max(from.seq, 0);
  /** How much was sent of the message behind event `seq`. */
  let sent = from.offset;
  /** Whether `sent` counts in a text that we know: a place may have been given by another process. */
  let known = sent === 0 || topic.fromStart;
  /** Which message `sent` counts in; the same place can be said anew under another name. */
  let uuid: string | undefined;
  /** The stored event behind `seq`, and the count of commits when there was none. */
  let stored: Stored | undefined;
  let looked: number | undefined;

  const step = (event: LiveEvent): Step => ({ place: formatPlace({ seq, offset: sent }), event });
  const pass = (event: Stored): void => {
    [seq, sent, known, uuid, stored] = [event.seq, 0, true, undefined, undefined];
  };
  /** Where to read on in a message of this name. */
  const placeIn = (name: string): number => {
    // What was sent began a message that was lost with its run: this one stands in its place.
    if (uuid !== undefined && uuid !== name && sent > 0) known = false;
    if (!known) sent = 0;
    uuid = name;
    return sent;
  };
  const take = (event: Body, content: string): Body => {
    const mark = known ? {} : ({ replace: true } as const);
    known = true;
    sent += content.length;
    return { ...event, content, ...mark };
  };

  try {
    if (from.seq < 0) yield { place: "0", event: initEvent(db, turn) };
    for (;;) {
      // Words come far more often than commits: nothing new can be in the database before the count has moved.
      const { commits, partial } = topic;
      if (commits !== looked) stored ??= storedBehind(db, turn, topic, seq);
      if (stored) {
        const { event } = stored;
        if (!isText(event)) {
          if (sent > 0) {
            // What was sent began a message that was lost with its run. It is taken back now: a reader that is cut off
            // behind this event comes back with a place that tells nothing of it.
            const lost = uuid ?? stored.uuid;
            [sent, known, uuid] = [0, true, undefined];
            yield step({ type: "assistant", content: "", uuid: lost, replace: true });
          }
          pass(stored);
          yield step(event);
          if (event.type === "result") return;
          continue;
        }
        const { content } = event;
        const at = placeIn(stored.uuid);
        const piece = take(event, known ? pieceOf(content, at) : content);
        if (sent >= content.length) pass(stored);
        if (piece.content !== "") yield step(piece);
        continue;
      }
      if (commits !== looked) {
        looked = commits;
        // A turn ends with its `result`, unless its events were pruned. It may also have ended since the last look.
        if (isTurnOver(db, turn.id)) {
          stored = storedBehind(db, turn, topic, seq);
          if (!stored) return;
          continue;
        }
      }
      if (abort.aborted) return;
      if (partial?.seq === seq + 1) {
        const { kind, text } = partial;
        const at = placeIn(partial.uuid);
        const content = known ? text.piece(at) : text.all();
        if (content !== "") {
          yield step(take({ type: kind, content, uuid: partial.uuid }, content));
          continue;
        }
      }
      await bell.heard();
    }
  } finally {
    bell.release();
    release();
  }
}
