/** A stream that has nothing to say any more without ending: its server was killed under the run, and only pings still come. */
import { Fault } from "../errors.ts";
import type { Frame } from "../letta/upstream.ts";
import { onSilence } from "../pause.ts";

/** Frames as they come; breaks off with `letta_silent` when for `ms` there was none that tells something of the run. */
export async function* untilSilent(
  open: (abort: AbortSignal) => AsyncIterable<Frame>,
  ms: number,
  abort: AbortSignal,
): AsyncGenerator<Frame, void> {
  const silence = new AbortController();
  const ear = onSilence(ms, () => silence.abort(new Fault("letta_silent")));
  try {
    for await (const frame of open(AbortSignal.any([abort, silence.signal]))) {
      if (frame.type !== "ping" && frame.type !== "run") ear.heard();
      yield frame;
    }
  } finally {
    ear.stop();
  }
}
