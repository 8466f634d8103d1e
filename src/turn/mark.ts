/** Marks the message that is being worked on, in chats that want it, until it is answered. Best effort. */
import { asFault } from "../errors.ts";
import { type EngineDeps, interruption, type Session } from "./session.ts";

const eyes = "👀";
const callMs = 5_000;

/** Puts the mark, and answers what takes it back. A mark that a kill left behind is taken back by the turn's next session. */
export const markMessage = (deps: EngineDeps, session: Session): (() => void) => {
  const { turn, delivery, shows } = session;
  const { address, bot } = delivery;
  const react = bot?.channel.react?.bind(bot.channel);
  const { reply } = address;
  if (!shows.mark || turn.muted || !react || reply === undefined) return () => undefined;
  const put = async (emoji: string | null): Promise<void> => {
    try {
      await react(address, reply, emoji, AbortSignal.timeout(callMs));
    } catch (error) {
      deps.log.debug("turn.mark-failed", { turn: turn.publicId, fault: asFault(error) });
    }
  };
  const marked = put(eyes);
  return () => {
    // What is left to the next start is still being worked on.
    if (interruption(session) !== "drain") void marked.then(() => put(null));
  };
};
