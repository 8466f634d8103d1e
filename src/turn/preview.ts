/** Shows in the chat what the agent is writing, where the channel can. Best effort: a preview never delays the answer. */
import { durably, type EngineDeps, pause, type Session } from "./session.ts";

export type Preview = {
  /** More of the message `uuid`. */
  show(uuid: string, text: string): void;
  /**
   * The part is whole: stops editing, waits for the edit under way so that it cannot land on top of the answer, and hands
   * over the preview's platform id for the part to replace.
   */
  take(): Promise<string | null>;
};

/** Longest wait for an edit under way. One that takes longer is broken off, and the part is sent anew. */
const takeWaitMs = 3_000;
const removeTimeoutMs = 5_000;
/** A message that is whole by then needs no preview, which would only delay it. */
const graceMs = 200;

export const createPreview = (deps: EngineDeps, session: Session): Preview => {
  const { bot, address } = session.delivery;
  const channel = bot?.channel;
  const takeLeft = (): string | null => {
    const id = session.previewId;
    session.previewId = null;
    return id;
  };
  // A preview may have been left by a process that knew the channel.
  if (!channel?.preview) return { show: () => undefined, take: () => Promise.resolve(takeLeft()) };
  const showPreview = channel.preview.bind(channel);
  let uuid: string | undefined;
  let text = "";
  let shown = "";
  let working: Promise<void> | undefined;
  let lastAt = 0;
  let breakOff = new AbortController();
  let rest = new AbortController();

  /** A preview that came to be after its part was sent anew. Best effort: at worst it stays in the chat. */
  const removeLate = async (id: string): Promise<void> => {
    await channel.remove?.(address, id, AbortSignal.timeout(removeTimeoutMs));
  };

  const isBehind = (of: string): boolean => uuid === of && text !== shown && !session.abort.signal.aborted;

  const edit = async (of: string): Promise<void> => {
    const wait = lastAt + channel.limits.editSpacingMs - deps.now();
    if (wait > 0) await pause(wait, rest.signal);
    if (!isBehind(of)) return;
    shown = text;
    lastAt = deps.now();
    const previous = session.previewId;
    const { signal: broken } = breakOff;
    const abort = AbortSignal.any([session.abort.signal, broken]);
    const options = { abort, ...(previous === null ? {} : { previous }) };
    const sent = await showPreview(address, { text: shown }, options);
    if (broken.aborted) return removeLate(sent.id);
    if (session.previewId !== sent.id) {
      session.previewId = sent.id;
      // Before anything else: after a kill the leftover must be found.
      await durably(deps, session, () => deps.store.write.setPreview({ turn: session.turn.id, previewId: sent.id }));
    }
  };

  /** Ends with its message, because `take` waits for it. */
  const loop = async (of: string): Promise<void> => {
    try {
      while (isBehind(of)) await edit(of);
    } catch {
      // Best effort: the answer itself is sent by the outbox, and the next words try again.
      shown = "";
    } finally {
      working = undefined;
    }
  };

  return {
    show: (of, more) => {
      if (uuid !== of) {
        uuid = of;
        text = "";
        shown = "";
        lastAt = Math.max(lastAt, deps.now() + graceMs - channel.limits.editSpacingMs);
      }
      text += more;
      working ??= loop(of);
    },
    take: async () => {
      uuid = undefined;
      const edits = working;
      if (!edits) return takeLeft();
      // What only waits for its time to edit waits no longer.
      rest.abort();
      rest = new AbortController();
      const inTime = await Promise.race([edits.then(() => true), Bun.sleep(takeWaitMs).then(() => false)]);
      const id = takeLeft();
      if (inTime) return id;
      breakOff.abort();
      breakOff = new AbortController();
      if (id === null) return null;
      // An edit of this message may still land, so it cannot become the answer: it goes when the edit is through.
      void edits.then(() => removeLate(id)).catch(() => undefined);
      return null;
    },
  };
};
