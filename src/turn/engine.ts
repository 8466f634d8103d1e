/** Runs turns: opens what a turn needs, keeps hold of those that run, and lets no failure escape. */
import { asFault } from "../errors.ts";
import type { AgentTurn } from "../store/lanes.ts";
import { conversationById } from "../store/posts.ts";
import type { Conclusion } from "./conclude.ts";
import { createExchange } from "./exchange.ts";
import { finishTurn } from "./finish.ts";
import { tryCancel } from "./recover.ts";
import { type EngineDeps, openSession, type Session } from "./session.ts";

export type Engine = {
  /** Runs a claimed turn until it has ended, went back to the queue, or was left `uncertain` by a drain. Never throws. */
  run(turn: AgentTurn): Promise<void>;
  /** The same for a turn that the previous process left `uncertain`. */
  reconcile(turn: AgentTurn): Promise<void>;
  /** Ends a turn that does not run, and tells whoever waits for it. */
  end(turn: AgentTurn, conclusion: Conclusion): Promise<void>;
  /** Stops a turn: cancels its run, or the run it will turn out to have. False when this process does not run it. */
  cancel(turn: number): boolean;
  /** Breaks off what still runs, without cancelling anything upstream. */
  interrupt(): void;
};

export const createEngine = (deps: EngineDeps): Engine => {
  const { store, log } = deps;
  const exchange = createExchange(deps);
  const sessions = new Map<number, Session>();

  /** Opens a session, does the work in it, and lets nothing escape: what fails here has settled or stays for the next start. */
  const within = async (
    turn: AgentTurn,
    work: (session: Session) => Promise<void>,
    fromStart: boolean,
  ): Promise<void> => {
    const { topic, release } = deps.live.use(turn.id);
    topic.fromStart = fromStart;
    let session: Session | undefined;
    let deadline: Timer | undefined;
    try {
      const access = deps.accountAccess(turn.accountId);
      session = openSession(deps, turn, conversationById(store.db, turn.conversationId)?.upstreamId ?? "", access);
      const { abort } = session;
      deadline = setTimeout(() => abort.abort("deadline"), deps.limits.turnMs);
      sessions.set(turn.id, session);
      await work(session);
    } catch (error) {
      const fault = asFault(error);
      log.error("turn.broken", { turn: turn.publicId, fault });
      // A bug or a storage that is gone: say so if that can still be stored, else the lease brings it back.
      if (session && !session.abort.signal.aborted) {
        await finishTurn(deps, session, { state: "failed", fault }).catch((again: unknown) =>
          log.error("turn.unsettled", { turn: turn.publicId, fault: asFault(again) }),
        );
      }
    } finally {
      clearTimeout(deadline);
      sessions.delete(turn.id);
      release();
    }
  };

  return {
    run: (turn) => within(turn, exchange.begin, turn.attempts === 1),
    reconcile: (turn) => within(turn, exchange.goOn, false),
    end: (turn, conclusion) => within(turn, (session) => finishTurn(deps, session, conclusion), false),
    cancel: (turn) => {
      const session = sessions.get(turn);
      if (!session) return false;
      session.cancelled = true;
      const runId = session.runIds.at(-1);
      if (runId !== undefined) void tryCancel(deps, session, runId);
      return true;
    },
    interrupt: () => {
      for (const session of sessions.values()) session.abort.abort("drain");
    },
  };
};
