/** Waiting for somebody to allow what the agent wants to do. */
import { type Approval, type AskedCall, openApprovals } from "../store/approvals.ts";
import { durably, type EngineDeps, interruption, type Session } from "./session.ts";

/** What the agent hears about a tool call that nobody allowed. */
export const denials = {
  late: "Nobody approved this tool call in time.",
  stopped: "The user stopped the agent.",
  left: "The exchange that asked for this tool call is over.",
} as const;

export type Decided = Approval & { readonly approve: boolean };

/** Stores the question and lets the turn wait; the deadline stands in the database, so a restart does not move it. */
export const ask = async (deps: EngineDeps, session: Session, calls: readonly AskedCall[]): Promise<void> => {
  const at = deps.now();
  const { id: turn, owner } = session.turn;
  const said = { events: [], parts: [] };
  const deadlineAt = at + deps.limits.approvalMs;
  await durably(deps, session, () => deps.store.write.askApproval({ turn, owner, calls, deadlineAt, said, at }));
  deps.live.stir(turn);
  deps.log.info("turn.waiting", { turn: session.turn.publicId, count: calls.length });
};

const isDecided = (approval: Approval): approval is Decided => approval.approve !== null;

/**
 * The decisions about every open call, once all are made: by people, by the deadline, or by a stop of the turn. Null when
 * we are interrupted; the next start waits on.
 */
export const awaitDecisions = async (deps: EngineDeps, session: Session): Promise<readonly Decided[] | null> => {
  const { store, now } = deps;
  const { turn, abort } = session;
  const denyRest = (reason: string) =>
    durably(deps, session, () => store.write.decideApprovals({ turn: turn.id, approve: false, reason, at: now() }));
  session.deadline.hold();
  session.waiting = true;
  try {
    while (interruption(session) === undefined) {
      const open = openApprovals(store.db, turn.id);
      if (open.every(isDecided)) return open;
      const leftMs = Math.min(...open.map((approval) => approval.deadlineAt)) - now();
      if (session.cancelled) await denyRest(denials.stopped);
      else if (leftMs <= 0) await denyRest(denials.late);
      else await stirOrTimeout(session, leftMs, abort.signal);
    }
    return null;
  } finally {
    session.waiting = false;
    session.deadline.start();
  }
};

/** Resolves when somebody decided something, after `ms`, or on abort. */
const stirOrTimeout = (session: Session, ms: number, abort: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      abort.removeEventListener("abort", done);
      session.stirred = () => undefined;
      resolve();
    };
    const timer = setTimeout(done, ms);
    abort.addEventListener("abort", done);
    session.stirred = done;
    if (abort.aborted) done();
  });
