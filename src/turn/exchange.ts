/** The exchange itself: posts go out one after another, and whatever becomes of each leads to the next or to the end. */
import { asFault, Fault } from "../errors.ts";
import { faultFromProvider } from "../letta/provider-fault.ts";
import type { Frame } from "../letta/upstream.ts";
import { type Post, postsOfTurn } from "../store/posts.ts";
import { turnById } from "../store/turns.ts";
import { ask, awaitDecisions } from "./approve.ts";
import { conclude } from "./conclude.ts";
import { denials } from "./denials.ts";
import { ownTools } from "./execute.ts";
import { finishTurn, rejectAccount, retryLater } from "./finish.ts";
import { createPreview } from "./preview.ts";
import {
  endStuckRun,
  keepCancelling,
  lookFor,
  mayCancel,
  messagesOf,
  recover,
  replay,
  stuckAfter,
  tryCancel,
} from "./recover.ts";
import { relay, type StreamEnd } from "./relay.ts";
import { buildAnswers } from "./request.ts";
import { durably, type EngineDeps, interruption, type Session } from "./session.ts";
import { untilSilent } from "./silence.ts";
import { createWriteAhead } from "./write-ahead.ts";

export type Exchange = {
  /** Sends the message of a claimed turn and goes on until the turn has ended, went back to the queue, or was interrupted. */
  begin(session: Session): Promise<void>;
  /** The same from the middle: its last post has an unknown fate, or a tool call waits. */
  goOn(session: Session): Promise<void>;
};

/**
 * Boots in a row that stream a run on; the next ones watch it to its end. A long message that grows through one kill after
 * another would be parked otherwise, though the agent is well: only what is whole counts as progress.
 */
const mostResumes = 3;

/** Tool calls that the conversation waits for now. */
const openCalls = (session: Session): Promise<readonly string[]> =>
  session.access.upstream.openApprovals(session.target, session.abort.signal);

export const createExchange = (deps: EngineDeps): Exchange => {
  const { store, log } = deps;
  const { freeze, freezeMessage, thaw, readyPost, currentPost, ensureConversation, moveOn } = createWriteAhead(deps);

  /** Whether a post only clears the way: what the agent says to such a denial is no answer to the user. */
  const onlyClears = (session: Session, post: Post): boolean =>
    post.kind === "approval" && (session.cancelled || readyPost(session.turn.id) !== undefined);

  const stream = (session: Session, post: Post, frames: AsyncIterable<Frame>): Promise<StreamEnd> =>
    relay(deps, session, post, frames, {
      mute: onlyClears(session, post),
      preview: createPreview(deps, session),
      onRun: (runId) => {
        if (session.cancelled && mayCancel(messagesOf(post))) void keepCancelling(deps, session, runId);
      },
    });

  /** After a stream ended by itself: the next post, or null when the turn has ended. */
  const afterStream = async (session: Session, post: Post, end: StreamEnd): Promise<Post | null> => {
    if (end.stopReason === "requires_approval") {
      await ask(deps, session, end.asked);
      return answerCalls(session);
    }
    const waiting = post.kind === "approval" ? readyPost(session.turn.id) : undefined;
    if (waiting) return thaw(session, waiting, false);
    if (session.cancelled && post.kind === "approval") {
      await finishTurn(deps, session, { state: "cancelled" });
      return null;
    }
    if (end.error) {
      const fault = faultFromProvider(end.error, end.stopReason);
      await finishTurn(deps, session, session.cancelled ? { state: "cancelled" } : { state: "failed", fault });
      return null;
    }
    await finishTurn(deps, session, conclude(end.stopReason ?? "error", session.texts.length > 0, end.runId));
    return null;
  };

  /** Waits for the answers to all calls and freezes the post that carries them; null when we are interrupted. */
  const answerCalls = async (session: Session): Promise<Post | null> => {
    const decided = await awaitDecisions(deps, session);
    return decided === null ? null : freeze(session, "approval", buildAnswers(decided, deps.newOtid));
  };

  /** Sends a post, and whatever follows from it, until the turn has ended. */
  const converse = async (session: Session, first: Post): Promise<void> => {
    let post: Post | null = first;
    while (post) {
      const sent: Post = post;
      // Stopped while it was written down: not a byte of it has left, and a message is not sent behind a stop.
      if (session.cancelled && sent.kind === "message") return finishTurn(deps, session, { state: "cancelled" });
      try {
        const tools = onlyClears(session, sent) ? [] : ownTools(store.db, session);
        const options = { background: sent.background, abort: session.abort.signal, tools };
        const frames = session.access.upstream.send(session.target, messagesOf(sent), options);
        post = await afterStream(session, sent, await stream(session, sent, frames));
      } catch (error) {
        post = await afterFault(session, sent, asFault(error));
      }
    }
  };

  /** After a post failed: the next post, or null when nothing is left to do now. */
  const afterFault = async (session: Session, post: Post, fault: Fault): Promise<Post | null> => {
    const { turn } = session;
    if (session.abort.signal.aborted) return stop(session, post);
    try {
      const next = await clearTheWay(session, post, fault);
      if (next) return next;
    } catch (error) {
      // The post was refused, so nothing of this turn ran: it may begin again later.
      await beforePost(session, asFault(error));
      return null;
    }
    if (fault.code === "letta_no_background" && post.background) {
      session.access.disableBackground();
      return thaw(session, post, false);
    }
    // Busy while an earlier post of ours is unaccounted for: the run that is at work may be that one's.
    if (fault.code === "letta_busy" && turnById(store.db, turn.id)?.resent) {
      await durably(deps, session, () => store.write.doubtTurn({ turn: turn.id, post: post.id, cutBy: "process" }));
      return search(session, { ...currentPost(turn.id, post), cutBy: "process" }, false);
    }
    if (fault.verdict === "uncertain") {
      log.info("turn.cut", { turn: turn.publicId, fault });
      await durably(deps, session, () => store.write.doubtTurn({ turn: turn.id, post: post.id, cutBy: "connection" }));
      return search(session, { ...currentPost(turn.id, post), cutBy: "connection" }, true);
    }
    if (session.cancelled) await finishTurn(deps, session, { state: "cancelled" });
    else if (fault.verdict === "retry") await retryLater(deps, session, fault);
    else if (fault.verdict === "pause") await rejectAccount(deps, session, fault);
    else await finishTurn(deps, session, { state: "failed", fault });
    return null;
  };

  /** What kept a refused post from being taken, and can be mended: the post to send next, if any. */
  const clearTheWay = async (session: Session, post: Post, fault: Fault): Promise<Post | null> => {
    if (fault.code === "letta_awaiting_approval") {
      // Someone left a call open. Deny it, then the message goes out as it was frozen.
      const ids = await openCalls(session);
      if (ids.length === 0) return null;
      await durably(deps, session, () => store.write.holdPost({ post: post.id }));
      const denied = ids.map((toolCallId) => ({ toolCallId, approve: false, reason: denials.left, result: null }));
      return freeze(session, "approval", buildAnswers(denied, deps.newOtid));
    }
    if (fault.code === "letta_conversation_missing" && post.kind === "message" && !session.moved) {
      return moveOn(session, post);
    }
    return null;
  };

  /** Interrupted from our side: the deadline ends the turn, a drain leaves it for the next start. */
  const stop = async (session: Session, post: Post): Promise<null> => {
    if (interruption(session) === "deadline") {
      const runId = currentPost(session.turn.id, post).runId;
      if (runId !== null) await tryCancel(deps, session, runId);
      await finishTurn(deps, session, { state: "failed", fault: new Fault("turn_too_long") });
      return null;
    }
    await store.write.doubtTurn({ turn: session.turn.id, post: post.id, cutBy: "process" });
    return null;
  };

  /** Finds out what became of a post; answers what to send next. */
  const search = async (session: Session, post: Post, tryResume: boolean): Promise<Post | null> => {
    const verdict = await recover(deps, session, post, { tryResume });
    const back = () =>
      durably(deps, session, () => store.write.resumeTurn({ turn: session.turn.id, boot: store.boot }));
    switch (verdict.kind) {
      case "interrupted":
        return stop(session, post);
      case "resume": {
        await back();
        const known = { ...currentPost(session.turn.id, post), runId: verdict.runId };
        try {
          const resume = (abort: AbortSignal) => session.access.upstream.resume(verdict.runId, known.seq ?? 0, abort);
          const frames = untilSilent(resume, stuckAfter(known, deps.limits), session.abort.signal);
          return await afterStream(session, known, await stream(session, known, frames));
        } catch (error) {
          if (session.abort.signal.aborted) return stop(session, known);
          const fault = asFault(error);
          log.info("turn.resume-failed", { turn: session.turn.publicId, fault });
          if (fault.code === "letta_silent") await endStuckRun(deps, session, known, verdict.runId);
          return search(session, currentPost(session.turn.id, known), false);
        }
      }
      case "unreadable": {
        if (verdict.runId !== null) await tryCancel(deps, session, verdict.runId);
        await finishTurn(deps, session, { state: "failed", fault: verdict.fault });
        return null;
      }
      case "over":
      case "cut": {
        const known = { ...post, runId: verdict.runId };
        const end = await stream(session, known, replay(verdict.frames));
        if (verdict.kind === "over") {
          return afterStream(session, known, { ...end, runId: verdict.runId, stopReason: verdict.stopReason });
        }
        const fault = new Fault("turn_cut_off", { runId: verdict.runId });
        await finishTurn(deps, session, { state: "failed", fault });
        return null;
      }
      case "missing": {
        // A cancelled message is never posted again; decisions are, or the conversation would stay blocked.
        if (session.cancelled && post.kind === "message") {
          await finishTurn(deps, session, { state: "cancelled" });
          return null;
        }
        // The end of our own process may have stopped the bytes from leaving, so it is no miss.
        const missed = post.cutBy === "process" ? post.misses : post.misses + 1;
        if (missed > 1) {
          await finishTurn(deps, session, { state: "failed", fault: new Fault("turn_lost") });
          return null;
        }
        if (missed > post.misses) await durably(deps, session, () => store.write.recordMiss({ post: post.id }));
        await back();
        deps.metrics.resent();
        log.warn("turn.resent", { turn: session.turn.publicId });
        deps.live.lose(session.turn.id);
        return { ...(await thaw(session, currentPost(session.turn.id, post), true)), misses: missed };
      }
    }
  };

  const begin = async (session: Session): Promise<void> => {
    if (session.cancelled) return finishTurn(deps, session, { state: "cancelled" });
    // Nobody could be told what the agent says; the message is kept as a dead letter.
    if (session.turn.trigger !== "api" && !session.delivery.bot) {
      return finishTurn(deps, session, { state: "failed", fault: new Fault("bot_missing") });
    }
    const frozen = readyPost(session.turn.id);
    let post: Post;
    try {
      const [conversation, persona] = await Promise.all([
        ensureConversation(session),
        frozen ? undefined : deps.personas.meet(session.turn),
      ]);
      session.target = { ...session.target, conversation };
      post = frozen ? await thaw(session, frozen, false) : await freezeMessage(session, persona);
    } catch (error) {
      return beforePost(session, asFault(error));
    }
    return frozen ? converseUnlessArrived(session, post) : converse(session, post);
  };

  /**
   * A proxy that repeats requests makes a refusal no proof: the first copy began a run, and the second is told that the
   * conversation is busy with it. So before a refused message goes out again, a look; and while a run is at work that may
   * be its own, it waits, but no longer than a lost run is waited for.
   */
  const converseUnlessArrived = async (session: Session, post: Post): Promise<void> => {
    const { id, retryUntil } = session.turn;
    const { patienceMs, stuckAfterRefusalMs } = deps.limits;
    const waitedMs = retryUntil === null ? 0 : deps.now() - (retryUntil - patienceMs);
    const found = await lookFor(deps, session, post).catch(asFault);
    if (found instanceof Fault) return beforePost(session, found);
    if (found === "candidate" && waitedMs < stuckAfterRefusalMs) return beforePost(session, new Fault("letta_busy"));
    if (found !== "found") return converse(session, post);
    await durably(deps, session, () => store.write.doubtTurn({ turn: id, post: post.id, cutBy: "connection" }));
    const next = await search(session, { ...post, cutBy: "connection" }, true);
    if (next) await converse(session, next);
  };

  /** Something failed before any byte of the message left: reads are safe to repeat. */
  const beforePost = async (session: Session, fault: Fault): Promise<void> => {
    if (session.cancelled) return finishTurn(deps, session, { state: "cancelled" });
    if (fault.verdict === "pause") return rejectAccount(deps, session, fault);
    if (fault.verdict === "retry" || fault.verdict === "uncertain") {
      return retryLater(deps, session, fault);
    }
    return finishTurn(deps, session, { state: "failed", fault });
  };

  const goOn = async (session: Session): Promise<void> => {
    const { turn } = session;
    if (turn.state === "waiting") {
      const next = await answerCalls(session);
      if (next) await converse(session, next);
      return;
    }
    const post = postsOfTurn(store.db, turn.id).find((one) => one.state === "sent");
    if (post) {
      const next = await search(session, post, turn.stalledBoots < mostResumes);
      if (next) await converse(session, next);
      return;
    }
    const ready = readyPost(turn.id);
    if (ready) await converse(session, await thaw(session, ready, false));
    else await finishTurn(deps, session, { state: "failed", fault: new Fault("turn_cut_off") });
  };

  return { begin, goOn };
};
