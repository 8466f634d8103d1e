/** Shows in the chat that the agent is at work, as long as it is. Best effort. */
import { asFault } from "../errors.ts";
import { pause } from "../pause.ts";
import type { EngineDeps, Session } from "./session.ts";

/** The sign is renewed after this share of the time it lasts. */
const renewAfter = 0.75;
/** What was said takes the sign away; whether there is more to come is known a little later. */
const restMs = 1_500;
const callMs = 5_000;

/** Begins, and answers what ends it at once. */
export const startTyping = (deps: EngineDeps, session: Session): (() => void) => {
  const { turn, delivery } = session;
  const channel = delivery.bot?.channel;
  const lastsMs = channel?.limits.typingMs ?? 0;
  if (!channel?.typing || lastsMs <= 0 || turn.muted) return () => undefined;
  const show = channel.typing.bind(channel);
  const ended = new AbortController();
  const { signal } = ended;

  const keepShowing = async (): Promise<void> => {
    for (let waitMs = 0; !signal.aborted; await pause(waitMs, signal)) {
      const quietMs = session.spokeAt + restMs - deps.now();
      waitMs = quietMs > 0 ? quietMs : lastsMs * renewAfter;
      // Who waits for people to decide does not work.
      if (quietMs > 0 || session.waiting || session.abort.signal.aborted) continue;
      try {
        await show(delivery.address, AbortSignal.any([signal, AbortSignal.timeout(callMs)]));
      } catch (error) {
        if (!signal.aborted) deps.log.debug("turn.typing-failed", { turn: turn.publicId, fault: asFault(error) });
      }
    }
  };
  void keepShowing();
  return () => ended.abort();
};
