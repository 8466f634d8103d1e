/** Waiting for an answer to what the agent wants to do: ours at once, or that of somebody who has to allow it. */
import { type Approval, type AskedCall, openApprovals } from "../store/approvals.ts";
import { denials } from "./denials.ts";
import { answerOwn, keepSent, renewPersona } from "./execute.ts";
import { tellDecided, tellWaiting } from "./notices.ts";
import { durably, type EngineDeps, interruption, type Session } from "./session.ts";

export type Decided = Approval & { readonly approve: boolean };

/**
 * Stores the question, answers in the same transaction what is ours to answer, and lets the turn wait; the deadline stands
 * in the database, so a restart does not move it.
 */
export const ask = async (deps: EngineDeps, session: Session, asked: readonly AskedCall[]): Promise<void> => {
  const at = deps.now();
  const { id: turn, owner } = session.turn;
  const deadlineAt = at + deps.limits.approvalMs;
  const [sent] = await Promise.all([keepSent(deps, session, asked), renewPersona(deps, session, asked)]);
  const parts = [...sent.values()].flatMap((one) => one.parts);
  const files = [...sent.values()].flatMap(({ file }) => file ?? []);
  for (;;) {
    const { calls, events, persona } = answerOwn(deps.store.db, session, asked, sent);
    const said = { events, parts, files };
    const question = { turn, owner, calls, deadlineAt, said, at, ...(persona ? { persona } : {}) };
    // Somebody may have changed the same persona meanwhile, from elsewhere: then it is looked at anew.
    if (!(await durably(deps, session, () => deps.store.write.askApproval(question)))) continue;
    for (const { uuid } of events) session.said.add(uuid);
    session.seq += events.length;
    if (persona) deps.personas.save(persona.persona);
    break;
  }
  deps.live.stir(turn);
  if (parts.length > 0) deps.spoke(session.turn.chatId);
  deps.log.info("turn.waiting", { turn: session.turn.publicId, count: asked.length });
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
  const answered = openApprovals(store.db, turn.id);
  // Nobody to wait for: the turn's own time goes on.
  if (answered.every(isDecided)) {
    await tellDecided(deps, session, answered);
    return answered;
  }
  await tellWaiting(deps, session, answered);
  session.deadline.hold();
  session.waiting = true;
  try {
    while (interruption(session) === undefined) {
      const open = openApprovals(store.db, turn.id);
      await tellDecided(deps, session, open.filter(isDecided));
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
