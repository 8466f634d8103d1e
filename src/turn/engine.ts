/** Runs turns: opens what a turn needs, keeps hold of those that run, and lets no failure escape. */
import { asFault, Fault, isFaultCode } from "../errors.ts";
import { accountById } from "../store/accounts.ts";
import { isKnown } from "../store/bindings.ts";
import type { AgentTurn } from "../store/lanes.ts";
import { conversationById } from "../store/posts.ts";
import type { Conclusion } from "./conclude.ts";
import { createExchange } from "./exchange.ts";
import { createFindAgent } from "./find-agent.ts";
import { finishTurn } from "./finish.ts";
import { keepCancelling } from "./recover.ts";
import { markMessage } from "./mark.ts";
import { type EngineDeps, interruption, openSession, type Session } from "./session.ts";
import { startTyping } from "./typing.ts";

export type Engine = {
  /** Runs a claimed turn until it has ended, went back to the queue, or was left `uncertain` by a drain. Never throws. */
  run(turn: AgentTurn): Promise<void>;
  /** The same for a turn that the previous process left `uncertain` or `waiting`. */
  reconcile(turn: AgentTurn): Promise<void>;
  /** Ends a turn that was interrupted too often without getting anywhere. */
  park(turn: AgentTurn): Promise<void>;
  /** Ends a turn that still waits in the queue, because its account was not mended in time. */
  giveUp(turn: AgentTurn): Promise<void>;
  /** The same because it was stopped. */
  endCancelled(turn: AgentTurn): Promise<void>;
  /** Stops a turn: cancels its run, or the run it will turn out to have. False when this process does not run it. */
  cancel(turn: number): boolean;
  /** An approval of this turn was decided: look again. */
  decided(turn: number): void;
  /** Breaks off what still runs, or only what waits for people, without cancelling anything upstream. */
  interrupt(which: "all" | "waiting"): void;
};

export const createEngine = (deps: EngineDeps): Engine => {
  const { store, log } = deps;
  const exchange = createExchange(deps);
  const findAgent = createFindAgent(deps);
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
    try {
      const access = deps.accountAccess(turn.accountId);
      session = openSession(deps, turn, conversationById(store.db, turn.conversationId)?.upstreamId ?? "", access);
      session.deadline.start();
      sessions.set(turn.id, session);
      await work(session);
    } catch (error) {
      const fault = asFault(error);
      log.error("turn.broken", { turn: turn.publicId, fault });
      // A bug or a storage that is gone: say so if that can still be stored, else the lease brings it back.
      if (session && interruption(session) !== "drain") {
        await finishTurn(deps, session, { state: "failed", fault }).catch((again: unknown) =>
          log.error("turn.unsettled", { turn: turn.publicId, fault: asFault(again) }),
        );
      }
    } finally {
      session?.deadline.hold();
      if (session) session.over = true;
      if (sessions.get(turn.id) === session) sessions.delete(turn.id);
      release();
    }
  };

  /** The same while its chat is shown that somebody is at work. */
  const attended = (work: (session: Session) => Promise<void>) => async (session: Session) => {
    const stops = [startTyping(deps, session), markMessage(deps, session)];
    try {
      await work(session);
    } finally {
      for (const stop of stops) stop();
    }
  };

  /** What its account waited for. */
  const whyPaused = ({ accountId }: AgentTurn): Fault => {
    const code = accountById(store.db, accountId)?.pauseCode ?? "";
    return new Fault(isFaultCode(code) ? code : "letta_rejected");
  };

  const end = (turn: AgentTurn, conclusion: Conclusion, ifQueued: boolean): Promise<void> =>
    within(turn, (session) => finishTurn(deps, session, conclusion, { ifQueued }), false);

  return {
    run: (turn) => within(turn, attended(isKnown(turn) ? exchange.begin : findAgent), turn.attempts === 1),
    reconcile: (turn) => within(turn, attended(exchange.goOn), false),
    park: (turn) => end(turn, { state: "failed", fault: new Fault("turn_parked") }, false),
    giveUp: (turn) => end(turn, { state: "failed", fault: whyPaused(turn) }, true),
    endCancelled: (turn) => end(turn, { state: "cancelled" }, true),
    cancel: (turn) => {
      const session = sessions.get(turn);
      if (!session) return false;
      session.cancelled = true;
      const runId = session.runIds.at(-1);
      if (runId !== undefined) void keepCancelling(deps, session, runId);
      session.stirred();
      return true;
    },
    decided: (turn) => sessions.get(turn)?.stirred(),
    interrupt: (which) => {
      for (const session of sessions.values()) if (which === "all" || session.waiting) session.abort.abort("drain");
    },
  };
};
