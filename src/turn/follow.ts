/** Reads a turn from any place to its end: stored events first, then the message in the making, as it grows. */
import type { Db } from "../store/db.ts";
import { type Turn } from "../store/lanes.ts";
import { conversationById } from "../store/posts.ts";
import { turnById, turnEventsAfter } from "../store/turns.ts";
import type { LiveEvent } from "./live-event.ts";
import type { Live, Topic } from "./live.ts";

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

type Body = Extract<LiveEvent, { type: "assistant" | "reasoning" }>;

const isText = (event: LiveEvent): event is Body => event.type === "assistant" || event.type === "reasoning";

/** Waits until the topic changes or `abort` fires. */
const change = (topic: Topic, abort: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      topic.wake.delete(done);
      abort.removeEventListener("abort", done);
      resolve();
    };
    topic.wake.add(done);
    abort.addEventListener("abort", done);
    if (abort.aborted) done();
  });

const initEvent = (db: Db, turn: Turn): LiveEvent => ({
  type: "init",
  agentId: turn.agentId ?? "",
  sessionId: turn.publicId,
  conversationId: turn.conversationId === null ? null : (conversationById(db, turn.conversationId)?.upstreamId ?? null),
  model: "",
  tools: [],
});

/**
 * Yields every event of a turn behind `from` until its `result`, or until `abort`. Memory is one page of events,
 * whatever the reader's speed. A reader that comes back inside a message whose pieces are gone gets it once, whole, marked
 * `replace`.
 */
export async function* follow(
  deps: { readonly db: Db; readonly live: Live },
  turn: Turn,
  from: Place,
  abort: AbortSignal,
): AsyncGenerator<Step> {
  const { db, live } = deps;
  const { topic, release } = live.use(turn.id);
  // What was sent of the message behind `place.seq`; a place that came from outside counts only if we know its text.
  let sent = from.offset;
  let seq = Math.max(from.seq, 0);
  let known = from.offset === 0 || topic.fromStart;
  /** Which message `sent` counts in; the same place can be said anew under another name. */
  let uuid: string | undefined;
  /** The count of commits at the last look into the database. */
  let looked: number | undefined;
  const step = (event: LiveEvent): Step => ({ place: formatPlace({ seq, offset: sent }), event });
  try {
    if (from.seq < 0) yield { place: "0", event: initEvent(db, turn) };
    while (!abort.aborted) {
      // Words come far more often than commits: nothing new can be in the database before the count has moved.
      const { commits } = topic;
      const page = commits === looked ? [] : turnEventsAfter(db, turn.id, seq);
      for (const row of page) {
        const event = JSON.parse(row.body) as LiveEvent;
        const anew = uuid !== undefined && uuid !== row.uuid;
        const offset = row.seq === seq + 1 && !anew ? sent : 0;
        seq = row.seq;
        sent = 0;
        if (offset === 0 || !isText(event)) yield step(event);
        else if (!known) yield step({ ...event, replace: true });
        else if (event.content.length > offset) yield step({ ...event, content: event.content.slice(offset) });
        known = true;
        uuid = undefined;
        if (event.type === "result" || abort.aborted) return;
      }
      if (page.length > 0) continue;
      // A turn ends with its `result`, unless its events were pruned. It may also have ended since the page was read.
      if (commits !== looked && turnById(db, turn.id)?.finishedAt != null) {
        if (turnEventsAfter(db, turn.id, seq, 1).length === 0) return;
        continue;
      }
      looked = commits;
      const partial = topic.partial;
      if (partial?.seq === seq + 1 && uuid !== undefined && uuid !== partial.uuid) sent = 0;
      if (partial?.seq === seq + 1 && partial.text.length > (known ? sent : 0)) {
        const { kind, text } = partial;
        uuid = partial.uuid;
        const content = known ? text.slice(sent) : text;
        const event: LiveEvent = { type: kind, content, uuid, ...(known ? {} : { replace: true }) };
        sent = text.length;
        known = true;
        yield step(event);
        continue;
      }
      // Entered in the same tick as `commits` and `partial` were looked at, so no wake-up is lost.
      await change(topic, abort);
    }
  } finally {
    release();
  }
}
