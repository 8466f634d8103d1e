/** A turn as a stream of chunks: what the agent says, word by word, and nothing else of what it does. */
import type { Context } from "hono";
import { follow, type ReadTurn, startOfTurn } from "../../turn/follow.ts";
import type { Env, HttpDeps } from "../context.ts";
import { eventStream } from "../sse.ts";
import { chunksOf, errorFrame, finishReasonOf, type Naming } from "./completion.ts";
import { refusalBody, statusOf } from "./refusal.ts";
import { usageOf } from "./usage.ts";

export type Speech = {
  readonly turn: ReadTurn;
  readonly naming: Naming;
  readonly includeUsage: boolean;
  /** The reader went away before the end. */
  readonly leave: () => Promise<void>;
  /** Nothing more will be sent. */
  readonly onEnd: () => void;
};

/** Between two messages of one answer, as they stand in the whole of it. */
const gap = "\n\n";

async function* speak(deps: HttpDeps, { turn, naming, includeUsage }: Speech, abort: AbortSignal) {
  const { piece, end } = chunksOf(naming, includeUsage);
  /** The message that was begun last. */
  let begun: string | undefined;
  yield piece({ role: "assistant", content: "" });
  for await (const { event } of follow({ db: deps.store.db, live: deps.live }, turn, startOfTurn, abort)) {
    if (event.type === "assistant") {
      // What was said and lost cannot be taken back here.
      if (event.content === "") continue;
      const isNext = begun !== undefined && begun !== event.uuid;
      begun = event.uuid;
      yield piece({ content: isNext ? gap + event.content : event.content });
    } else if (event.type === "result") {
      const { success, stopReason, error: message = "", errorCode: code = "internal" } = event;
      if (success) yield end(finishReasonOf(stopReason), usageOf(deps.store.db, turn.id));
      else yield errorFrame(refusalBody({ message, code, status: statusOf(code) }));
      return;
    }
  }
  if (deps.closing.aborted) {
    const message = "The server is stopping. The message is kept; ask again for its answer.";
    yield errorFrame(refusalBody({ message, code: "stopping", status: 503 }));
  }
}

/** Lasts until the turn has ended, the reader went away, or the server closes. */
export const speakTurn = (deps: HttpDeps, c: Context<Env>, speech: Speech): Response => {
  const { turn, leave, onEnd } = speech;
  const gone = new AbortController();
  const frames = speak(deps, speech, AbortSignal.any([gone.signal, deps.closing]));
  return eventStream(frames, (text) => text, {
    heartbeatMs: deps.limits.heartbeatMs,
    headers: { "x-turn-id": turn.publicId },
    onRoom: c.env.touch,
    onGone: () => {
      gone.abort();
      void leave();
    },
    onBroken: (fault) => deps.log.error("http.stream-broken", { turn: turn.publicId, fault }),
    onEnd,
  });
};
