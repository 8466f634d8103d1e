/** What to do about a post whose fate is unknown: find it, wait for it, or send it once more. */
import { asFault, Fault } from "../errors.ts";
import { type Finding, findPost, showsPost } from "../letta/reconcile.ts";
import type { Frame, PostMessage } from "../letta/upstream.ts";
import { pause } from "../pause.ts";
import { conversationById, type Post, runBelongsElsewhere } from "../store/posts.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

const cancelTimeoutMs = 10_000;

export const messagesOf = (post: Post): readonly PostMessage[] =>
  JSON.parse(post.messages ?? "[]") as readonly PostMessage[];

/** What a search came to. */
export type Verdict =
  /** It arrived and its run is over: these frames are what the run left. */
  | { readonly kind: "over"; readonly runId: string; readonly stopReason: string; readonly frames: readonly Frame[] }
  /** It arrived in background mode and can be streamed on. */
  | { readonly kind: "resume"; readonly runId: string }
  /** It arrived, but the server lost the run: there is this much of it. */
  | { readonly kind: "cut"; readonly runId: string; readonly frames: readonly Frame[] }
  /** Nothing shows that it arrived. */
  | { readonly kind: "missing" }
  /** What would tell is longer than can be read. */
  | { readonly kind: "unreadable"; readonly runId: string | null; readonly fault: Fault }
  /** We are stopping; the next start goes on. */
  | { readonly kind: "interrupted" };

/** What a sequence of frames from a history looks like to `relay`. */
export async function* replay(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}

const stopReasonOf = (status: string, stopReason: string | null): string =>
  status === "cancelled" ? "cancelled" : (stopReason ?? (status === "completed" ? "end_turn" : "error"));

/**
 * Between a look that was cut short and the next one: shorter than any server takes to start, so that a server that was
 * killed is seen to refuse.
 */
const secondLookMs = 20;

/** Looks that may be too long to read, without one that succeeded: the first ones may have been somebody else's answer. */
const mostUnreadable = 3;

type Seen = Exclude<Finding, { kind: "nothing" }>;

const isWorking = ({ run }: Seen): boolean => run.status === "running" || run.status === "created";

/**
 * Time between looks, in small steps: a look counts for no longer than we meant to rest, so that a clock that jumps or a
 * machine that slept does not stand for a server that was silent.
 */
const createPace = (deps: EngineDeps, abort: AbortSignal) => {
  const { now, limits } = deps;
  let restMs = limits.pollMs;
  let lastAt = now();
  let hurries = false;
  return {
    /** Milliseconds since the last look, at most twice the rest before it. */
    elapsed: (): number => {
      const at = now();
      const ms = Math.max(0, Math.min(at - lastAt, 2 * restMs));
      lastAt = at;
      return ms;
    },
    /** The next rest is a short one. */
    hurry: (): void => {
      hurries = true;
    },
    /** A long run is looked at less and less often. */
    rest: async (): Promise<void> => {
      if (hurries) {
        hurries = false;
        return pause(secondLookMs, abort);
      }
      await pause(restMs, abort);
      restMs = Math.min(restMs * 1.5, limits.pollMs * 4);
    },
    /** Something changed: look often again. */
    quicken: (): void => {
      restMs = limits.pollMs;
    },
  };
};

const look = (deps: EngineDeps, session: Session, post: Post, runId: string | null): Promise<Finding> =>
  findPost(
    session.access.upstream,
    { target: session.target, messages: messagesOf(post), runId, runBefore: post.runBefore },
    (run) => runBelongsElsewhere(deps.store.db, run, post.id),
    session.abort.signal,
  );

/** What one look shows of a post of which no run is known. Throws when it could not be taken. */
export const lookFor = async (deps: EngineDeps, session: Session, post: Post): Promise<Finding["kind"]> =>
  (await look(deps, session, post, null)).kind;

/** Searches until it knows. Only successful looks count against the post, and only while no run of the conversation works. */
export const recover = async (
  deps: EngineDeps,
  session: Session,
  post: Post,
  options: { readonly tryResume: boolean },
): Promise<Verdict> => {
  const { store, limits, now } = deps;
  const { embedded } = session.access;
  const { turn } = session;
  const messages = messagesOf(post);
  const abort = session.abort.signal;
  const pace = createPace(deps, abort);
  let { runId, searchedMs, refusedAt } = post;
  /** Nobody else has reason to write in a conversation that we made: what works there is ours. */
  const isOurs = conversationById(store.db, turn.conversationId)?.scope != null;
  /** Whether the last look that succeeded found nothing. */
  let missed = false;
  /** Looks in a row that failed. */
  let failures = 0;
  /** Those of them that were too long to read. */
  let unreadable = 0;
  /** The run under watch, how much it had shown, and for how long it has shown nothing new. */
  let watch = { run: "", frames: -1, quietMs: 0 };

  const remember = () =>
    durably(deps, session, () => store.write.recordSearch({ post: post.id, turn: turn.id, searchedMs, refusedAt }));

  const adopt = async (found: string): Promise<void> => {
    runId = found;
    await durably(deps, session, () => store.write.recordRun({ turn: turn.id, post: post.id, runId: found }));
    if (!session.runIds.includes(found)) session.runIds.push(found);
  };

  /** A run that shows nothing new is given up: its server was killed under it. */
  const giveUpIfStuck = async ({ kind, run }: Seen): Promise<void> => {
    const died = embedded && post.cutBy === "process";
    // What may be another client's is only given up when the server was down, which no run survives.
    if (kind === "candidate" && !died && !isOurs && refusedAt === null) return;
    if (!died && watch.quietMs < stuckAfter({ refusedAt }, limits)) return;
    refusedAt = await endStuckRun(deps, session, { ...post, searchedMs, refusedAt }, run.id);
    pace.quicken();
  };

  for (; !abort.aborted; await pace.rest()) {
    let finding: Finding;
    try {
      finding = await look(deps, session, post, runId);
    } catch (error) {
      if (abort.aborted) break;
      const fault = asFault(error);
      if (fault.code === "internal") throw fault;
      // Nobody answers or nobody lets us look: that says nothing about the post.
      if (fault.code === "letta_unreachable" && refusedAt === null) {
        refusedAt = now();
        pace.elapsed();
        watch.quietMs = 0;
        await remember();
      }
      // The server knows our run no more (it lost its data): look for the post as if the run had never been known.
      if (fault.verdict === "fail") [runId, missed] = [null, false];
      if (fault.code === "letta_too_much" && ++unreadable >= mostUnreadable)
        return { kind: "unreadable", runId, fault };
      // A connection kept open breaks with its server and says only that; a new one tells whether the server is down.
      // The time since the last look is not lost, or a server that is killed every few seconds would be waited for
      // far longer than one that is killed once; `elapsed` bounds what a long absence counts.
      if (failures++ === 0) pace.hurry();
      deps.log.debug("turn.search-failed", { turn: turn.publicId, fault });
      continue;
    }

    failures = 0;
    unreadable = 0;
    const ms = pace.elapsed();
    if (finding.kind === "nothing") {
      // The clock runs only between two looks that both succeeded and both found nothing, whatever failed in between.
      if (missed) searchedMs += ms;
      missed = true;
      await remember();
      if (searchedMs >= limits.searchMs) return { kind: "missing" };
      continue;
    }
    missed = false;
    const { run, frames } = finding;
    const isNew = run.id !== watch.run || frames.length > watch.frames;
    watch = { run: run.id, frames: frames.length, quietMs: isNew ? 0 : watch.quietMs + ms };
    if (finding.kind === "found" && runId === null) await adopt(run.id);

    if (finding.kind === "found" && !isWorking(finding)) {
      const arrived = showsPost(frames, messages);
      // Cancelled by us because the server had lost it, and it left no trace of the message.
      if (run.status === "cancelled" && !session.cancelled && refusedAt !== null) {
        return arrived ? { kind: "cut", runId: run.id, frames } : { kind: "missing" };
      }
      return { kind: "over", runId: run.id, stopReason: stopReasonOf(run.status, run.stopReason), frames };
    }
    if (finding.kind === "found" && session.cancelled && mayCancel(messages)) await tryCancel(deps, session, run.id);
    else if (finding.kind === "found" && options.tryResume && post.background) return { kind: "resume", runId: run.id };
    else await giveUpIfStuck(finding);
  }
  return { kind: "interrupted" };
};

/** How long a run of this post may show nothing new before it counts as lost by its server. */
export const stuckAfter = ({ refusedAt }: Pick<Post, "refusedAt">, limits: EngineDeps["limits"]): number =>
  refusedAt === null ? limits.stuckMs : limits.stuckAfterRefusalMs;

/** Ends a run that its server has lost. Answers since when the post counts as one that met a dead server. */
export const endStuckRun = async (deps: EngineDeps, session: Session, post: Post, runId: string): Promise<number> => {
  const { turn } = session;
  const { id, searchedMs } = post;
  const refusedAt = post.refusedAt ?? deps.now();
  // Remembered before the deed, so that the next look, or the next start, understands the cancelled run it finds.
  await durably(deps, session, () => deps.store.write.recordSearch({ post: id, turn: turn.id, searchedMs, refusedAt }));
  deps.log.warn("turn.run-stuck", { turn: turn.publicId, run: runId });
  await tryCancel(deps, session, runId);
  return refusedAt;
};

/** A run that only hears of a denial or a result is left to end by itself: cancelled, it could leave the call open. */
export const mayCancel = (messages: readonly PostMessage[]): boolean =>
  messages.some(
    (message) => !("approvals" in message) || message.approvals.some((one) => one.type === "approval" && one.approve),
  );

/** Asks the server to end a run; answers whether it has heard. */
export const tryCancel = async (deps: EngineDeps, session: Session, runId: string): Promise<boolean> => {
  try {
    await session.access.upstream.cancel(session.target, runId, AbortSignal.timeout(cancelTimeoutMs));
    return true;
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("letta_cut", { cause: error });
    deps.log.info("turn.cancel-failed", { turn: session.turn.publicId, run: runId, fault });
    return false;
  }
};

/** Asks until the server has heard, or the turn has come to its end without. Never throws. */
export const keepCancelling = async (deps: EngineDeps, session: Session, runId: string): Promise<void> => {
  let restMs = deps.limits.pollMs;
  while (!session.over && !session.abort.signal.aborted && session.runIds.at(-1) === runId) {
    if (await tryCancel(deps, session, runId)) return;
    await pause(restMs, session.abort.signal);
    restMs = Math.min(restMs * 2, deps.limits.pollMs * 16);
  }
};
