/** Shows in the chat what the agent writes and does, where the channel can. Best effort: a preview never delays the answer. */
import type { Limits } from "../channels/channel.ts";
import { asFault } from "../errors.ts";
import { pause, within } from "../pause.ts";
import { measure, prefixWithin } from "../render/measure.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

export type Preview = {
  /** More of the message `uuid`. */
  show(uuid: string, text: string): void;
  /** What the agent does, while it writes nothing. */
  act(line: string): void;
  /**
   * The part is whole: stops editing, waits for the edit under way so that it cannot land on top of the answer, and hands
   * over the preview's platform id for the part to replace. What is shown from then on is another message.
   */
  take(): Promise<string | null>;
};

/** Longest wait for an edit under way. One that takes longer is broken off, and the part is sent anew. */
const takeWaitMs = 3_000;
const removeTimeoutMs = 5_000;
/** A message that is whole by then needs no preview, which would only delay it. */
const graceMs = 200;
/** What is done quickly need not be told. */
const activityGraceMs = 1_000;
/** A preview that would vanish is shown anew after this share of its time. */
const renewAfter = 0.6;
/** Of a text that is too long for a message, the end is shown; what markup adds to it needs room. */
const tailShare = 0.75;

/** The end of a text, as far as a message of the platform takes it. */
export const tailOf = (text: string, { text: most, unit }: Pick<Limits, "text" | "unit">): string => {
  const room = Math.max(1, Math.floor(most * tailShare));
  if (measure(text, unit) <= room) return text;
  const reversed = Array.from(text.slice(-most)).toReversed().join("");
  const end = text.slice(-Math.max(1, prefixWithin(reversed, room - 2, unit)));
  const line = end.indexOf("\n");
  // From the beginning of a line, if one begins soon.
  return `…\n${line >= 0 && line < end.length / 2 ? end.slice(line + 1) : end}`;
};

/** Pictures that travel in the text are files of the answer; here they would be pages of letters. */
export const withoutData = (text: string): string => text.replaceAll(/!\[([^[\]\n]*)\]\(data:[^)\s]*\)?/g, "[$1]");

type Subject = { readonly uuid: string; text: string; activity?: string };

export const createPreview = (deps: EngineDeps, session: Session): Preview => {
  const { bot, address } = session.delivery;
  const channel = session.turn.muted ? undefined : bot?.channel;
  const takeLeft = (): string | null => {
    const id = session.previewId;
    session.previewId = null;
    return id;
  };
  // A preview may have been left by a process that knew the channel.
  if (!channel?.preview)
    return { show: () => undefined, act: () => undefined, take: () => Promise.resolve(takeLeft()) };
  const { limits } = channel;
  const showPreview = channel.preview.bind(channel);
  let subject: Subject | undefined;
  let shown = "";
  let working: Promise<void> | undefined;
  /** Previews that are being handed over: what comes next waits for it. */
  let takes = 0;
  let lastAt = 0;
  let renewal: Timer | undefined;
  let breakOff = new AbortController();
  let rest = new AbortController();

  /** A preview that came to be after its part was sent anew. Best effort: at worst it stays in the chat. */
  const removeLate = async (id: string): Promise<void> => {
    await channel.remove?.(address, id, AbortSignal.timeout(removeTimeoutMs));
  };

  const keyOf = ({ text, activity = "" }: Subject): string => `${text}\n${activity}`;
  const isBehind = (of: Subject): boolean => subject === of && keyOf(of) !== shown && !session.abort.signal.aborted;

  const edit = async (of: Subject): Promise<void> => {
    const wait = lastAt + limits.editSpacingMs - deps.now();
    if (wait > 0) await pause(wait, rest.signal);
    if (!isBehind(of)) return;
    shown = keyOf(of);
    lastAt = deps.now();
    const previous = session.previewId;
    const { signal: broken } = breakOff;
    const abort = AbortSignal.any([session.abort.signal, broken]);
    const options = { abort, ...(previous === null ? {} : { previous }) };
    const { activity } = of;
    const now = { text: tailOf(withoutData(of.text), limits), ...(activity === undefined ? {} : { activity }) };
    const sent = await showPreview(address, now, options);
    if (broken.aborted) return removeLate(sent.id);
    if (session.previewId !== sent.id) {
      session.previewId = sent.id;
      // Before anything else: after a kill the leftover must be found.
      await durably(deps, session, () => deps.store.write.setPreview({ turn: session.turn.id, previewId: sent.id }));
    }
  };

  /** Ends with its message, because `take` waits for it. */
  const loop = async (of: Subject): Promise<void> => {
    try {
      while (isBehind(of)) await edit(of);
    } catch (error) {
      // Best effort: the answer itself is sent by the outbox, and the next words try again.
      if (subject === of) deps.log.debug("turn.preview-failed", { fault: asFault(error) });
      shown = "";
    } finally {
      working = undefined;
      if (subject === of) renewLater(of);
      else goOn();
    }
  };

  const goOn = (): void => {
    clearTimeout(renewal);
    if (subject && takes === 0) working ??= loop(subject);
  };

  const renewLater = (of: Subject): void => {
    clearTimeout(renewal);
    if (limits.previewMs <= 0) return;
    renewal = setTimeout(() => {
      if (subject !== of || session.abort.signal.aborted) return;
      shown = "";
      goOn();
    }, limits.previewMs * renewAfter);
  };

  const begin = (of: Subject, waitMs: number): Subject => {
    subject = of;
    shown = "";
    // What stands there already is changed in place, without delay.
    if (session.previewId === null || takes > 0) lastAt = Math.max(lastAt, deps.now() + waitMs - limits.editSpacingMs);
    return of;
  };

  const handOver = async (edits: Promise<void>): Promise<string | null> => {
    takes += 1;
    try {
      // What only waits for its time to edit waits no longer.
      rest.abort();
      rest = new AbortController();
      const inTime = await within(
        takeWaitMs,
        edits.then(() => true),
      );
      const id = takeLeft();
      if (inTime) return id;
      breakOff.abort();
      breakOff = new AbortController();
      if (id === null) return null;
      // An edit of this message may still land, so it cannot become the answer: it goes when the edit is through.
      // Best effort: at worst the preview stays in the chat beside its answer.
      void edits.then(() => removeLate(id)).catch(() => undefined);
      return null;
    } finally {
      takes -= 1;
      goOn();
    }
  };

  return {
    show: (uuid, more) => {
      const of = subject?.uuid === uuid ? subject : begin({ uuid, text: "" }, graceMs);
      of.text += more;
      goOn();
    },
    act: (line) => {
      const of = subject?.uuid === "" ? subject : begin({ uuid: "", text: "" }, activityGraceMs);
      of.activity = line;
      goOn();
    },
    take: () => {
      subject = undefined;
      clearTimeout(renewal);
      return working ? handOver(working) : Promise.resolve(takeLeft());
    },
  };
};
