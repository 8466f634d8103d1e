/** What to do about a post whose fate is unknown: find it, wait for it, or send it once more. */
import { asFault, Fault } from "../errors.ts";
import { type Finding, findPost, showsPost } from "../letta/reconcile.ts";
import type { Frame, PostMessage } from "../letta/upstream.ts";
import { type Post, runBelongsElsewhere } from "../store/posts.ts";
import { durably, type EngineDeps, pause, type Session } from "./session.ts";

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
  /** We are stopping; the next start goes on. */
  | { readonly kind: "interrupted" };

const stopReasonOf = (status: string, stopReason: string | null): string =>
  status === "cancelled" ? "cancelled" : (stopReason ?? (status === "completed" ? "end_turn" : "error"));

const isWorking = (finding: Finding): boolean =>
  finding.kind !== "nothing" && (finding.run.status === "running" || finding.run.status === "created");

/** Searches until it knows. Only successful looks count against the post, and only while no run of the conversation works. */
export const recover = async (
  deps: EngineDeps,
  session: Session,
  post: Post,
  options: { readonly tryResume: boolean },
): Promise<Verdict> => {
  const { store, limits, now } = deps;
  const { upstream } = session.access;
  const { turn } = session;
  const messages = JSON.parse(post.messages ?? "[]") as readonly PostMessage[];
  const abort = session.abort.signal;
  let { runId, searchedMs, refusedAt } = post;
  let lastLookAt: number | undefined;
  /** When the run under watch last showed something new, and how much it had shown. */
  let watch = { run: "", frames: -1, at: now() };

  /** A long run is looked at less and less often. */
  let wait = limits.pollMs;
  const rest = async (): Promise<void> => {
    await pause(wait, abort);
    wait = Math.min(wait * 1.5, limits.pollMs * 8);
  };
  const remember = () =>
    durably(deps, session, () => store.write.recordSearch({ post: post.id, turn: turn.id, searchedMs, refusedAt }));

  while (!abort.aborted) {
    let finding: Finding;
    try {
      finding = await findPost(
        upstream,
        { target: session.target, messages, runId, runBefore: post.runBefore },
        (run) => runBelongsElsewhere(store.db, run, post.id),
        abort,
      );
    } catch (error) {
      if (abort.aborted) break;
      const fault = asFault(error);
      if (fault.code === "internal") throw fault;
      // Nobody answers or nobody lets us look: that says nothing about the post.
      if (fault.code === "letta_unreachable" && refusedAt === null) {
        refusedAt = now();
        await remember();
      }
      // The server knows our run no more (it lost its data): look for the post as if the run had never been known.
      if (fault.verdict === "fail") runId = null;
      lastLookAt = undefined;
      deps.log.debug("turn.search-failed", { turn: turn.publicId, fault });
      await rest();
      continue;
    }

    if (finding.kind !== "nothing" && finding.run.id !== watch.run) {
      watch = { run: finding.run.id, frames: finding.frames.length, at: now() };
    }
    if (finding.kind !== "nothing" && finding.frames.length > watch.frames) {
      watch = { run: finding.run.id, frames: finding.frames.length, at: now() };
    }
    if (finding.kind === "found" && runId === null) {
      runId = finding.run.id;
      const known = runId;
      await durably(deps, session, () => store.write.recordRun({ turn: turn.id, post: post.id, runId: known }));
      if (!session.runIds.includes(known)) session.runIds.push(known);
    }

    if (finding.kind === "found" && !isWorking(finding)) {
      const { run, frames } = finding;
      const arrived = showsPost(frames, messages);
      // Cancelled by us because the server had lost it, and it left no trace of the message.
      if (run.status === "cancelled" && !session.cancelled && refusedAt !== null) {
        return arrived ? { kind: "cut", runId: run.id, frames } : { kind: "missing" };
      }
      return { kind: "over", runId: run.id, stopReason: stopReasonOf(run.status, run.stopReason), frames };
    }
    // The run of a denial is left to end by itself: cancelled, it could leave the call open.
    if (finding.kind === "found" && session.cancelled && post.kind === "message") {
      await tryCancel(deps, session, finding.run.id);
    } else if (finding.kind === "found" && options.tryResume && post.background) {
      return { kind: "resume", runId: finding.run.id };
    } else if (isWorking(finding) && finding.kind !== "nothing") {
      const died = session.access.embedded && post.cutBy === "process";
      const patience = refusedAt === null ? limits.stuckMs : limits.stuckAfterRefusalMs;
      if (died || now() - Math.max(watch.at, refusedAt ?? 0) >= patience) {
        // Remembered before the deed, so that the next start understands the cancelled run it finds.
        refusedAt ??= now();
        await remember();
        await tryCancel(deps, session, finding.run.id);
        deps.log.warn("turn.run-stuck", { turn: turn.publicId, run: finding.run.id });
      }
    }

    if (finding.kind === "nothing") {
      const at = now();
      // The clock runs only between two looks that both succeeded and both found nothing.
      if (lastLookAt !== undefined) searchedMs += at - lastLookAt;
      lastLookAt = at;
      await remember();
      if (searchedMs >= limits.searchMs) return { kind: "missing" };
    } else lastLookAt = undefined;
    await rest();
  }
  return { kind: "interrupted" };
};

/** Asks the server to end a run. Best effort here: the next look shows what became of it. */
export const tryCancel = async (deps: EngineDeps, session: Session, runId: string): Promise<void> => {
  try {
    await session.access.upstream.cancel(session.target, runId, AbortSignal.timeout(10_000));
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("letta_cut", { cause: error });
    deps.log.info("turn.cancel-failed", { turn: session.turn.publicId, run: runId, fault });
  }
};
