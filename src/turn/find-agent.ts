/**
 * A turn whose agent was not known when it was accepted. It is claimed like any other, in the lane of its chat, and looks
 * for the agent; once there is one, it goes back to the queue, into the lane of that one.
 */
import { asFault, Fault } from "../errors.ts";
import { finishTurn, rejectAccount, retryLater } from "./finish.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

/** Rejects when the turn is interrupted or called off: others may go on looking. */
const interrupted = (session: Session): Promise<never> =>
  new Promise((_, reject) => {
    const { signal } = session.abort;
    const stop = (): void => reject(new Fault("stopping"));
    signal.addEventListener("abort", stop, { once: true });
    session.stirred = () => session.cancelled && stop();
    if (signal.aborted) stop();
  });

export const createFindAgent = (deps: EngineDeps) => {
  /** Nothing ran, so the message is kept, whatever it is: a server that is down comes up, and an operator mends the rest. */
  const keep = (session: Session, fault: Fault): Promise<void> => {
    const passes = fault.verdict === "retry" || fault.verdict === "uncertain";
    return passes ? retryLater(deps, session, fault) : rejectAccount(deps, session, fault);
  };

  return async (session: Session): Promise<void> => {
    const { turn, delivery } = session;
    if (session.cancelled) return finishTurn(deps, session, { state: "cancelled" });
    // As for every turn: nobody could be told what the agent says.
    if (!delivery.bot) return finishTurn(deps, session, { state: "failed", fault: new Fault("bot_missing") });
    const to = await Promise.race([deps.findAddressee(delivery.bot), interrupted(session)]).catch(asFault);
    if (session.cancelled) return finishTurn(deps, session, { state: "cancelled" });
    if (to instanceof Fault) return keep(session, to);
    await durably(deps, session, () => deps.store.write.giveAgent({ turn: turn.id, to, at: deps.now() }));
    deps.log.info("turn.agent-found", { turn: turn.publicId });
  };
};
