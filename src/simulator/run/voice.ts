import { pause } from "../../pause.ts";
import { messageFrame } from "../wire/frames.ts";
import type { WireMessage } from "../wire/messages.ts";
import type { LiveRun } from "./live.ts";

/** How a run speaks to its client: in deltas, in whole messages, or not before its end. */
export type Mode = "tokens" | "steps" | "json";

export type Voice = {
  readonly mode: Mode;
  readonly now: () => number;
  /** Fires when the run is to stop where it is. */
  readonly abort: AbortSignal;
  say(message: WireMessage): void;
  /** Waits `ms`, or less when the run is stopped. */
  pause(ms: number): Promise<void>;
  /** Lets others have their turn, and waits while the client reads too slowly. */
  breathe(): Promise<void>;
};

/** `types` are the message types the client wants; null is all. */
export const voiceOf = (run: LiveRun, mode: Mode, types: ReadonlySet<string> | null, now: () => number): Voice => {
  const abort = run.stop.signal;
  return {
    mode,
    now,
    abort,
    say: (message) => {
      if (mode === "json" || (types !== null && !types.has(message.message_type))) return;
      run.tape.append(messageFrame(message, run.background ? run.tape.length + 1 : null));
    },
    pause: (ms) => pause(ms, abort),
    breathe: () => run.tape.room() ?? new Promise((resolve) => setImmediate(resolve)),
  };
};
