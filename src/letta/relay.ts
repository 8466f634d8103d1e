/** From the events of one stream to frames. */
import { Fault } from "../errors.ts";
import { faultFromAbort } from "./client.ts";
import { faultFrom } from "./faults.ts";
import type { ServerEvent } from "./events.ts";
import { errorFrame, framesOf, runIdOf } from "./frames.ts";
import { awaitsApproval } from "./rejection.ts";
import { createSequence } from "./sequence.ts";
import type { Frame } from "./upstream.ts";
import { asCount, asRecord } from "./wire.ts";

type ErrorFrame = Extract<Frame, { type: "error" }>;

/** The data of an error event, which need not be JSON. */
const parseError = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch {
    return { message: data };
  }
};

/**
 * Turns the events of one stream into frames: a `run` frame first, as soon as the run is known; the generator ends
 * after an error, or with the stream once a stop reason was seen. Throws `letta_cut` when there was none or something
 * is missing in between, and `letta_awaiting_approval` when the server refuses in the stream to begin because a tool call
 * waits. `after` is the number of the frame behind which a stream is taken up.
 */
export async function* relay(
  events: AsyncIterable<ServerEvent> | readonly ServerEvent[],
  abort: AbortSignal,
  after?: number,
): AsyncGenerator<Frame, void> {
  const placeOf = createSequence(after);
  let runId: string | undefined;
  let begun = false;
  let stopped = false;
  // The refusal to begin comes as a stop with `error` and then the error itself; the stop alone would look like a failure.
  let held: Frame | undefined;
  let failure: ErrorFrame | undefined;
  try {
    for await (const { name, data } of events) {
      if (name === "error") {
        const error = errorFrame(parseError(data));
        failure = { ...error, runId: error.runId ?? runId ?? null };
        break;
      }
      if (name !== undefined) continue;
      const message: unknown = JSON.parse(data);
      const named = runIdOf(message);
      if (named !== undefined && named !== runId) {
        runId = named;
        yield { type: "run", runId };
      }
      const seq = asCount(asRecord(message)?.["seq_id"]);
      const place = seq === undefined ? "next" : placeOf(seq);
      if (place === "again") continue;
      // Behind the stop reason nothing is said any more.
      if (place === "behind a gap" && !stopped) throw new Fault("letta_cut");
      for (const frame of framesOf(message)) {
        if (frame.type === "error") {
          failure = { ...frame, runId: frame.runId ?? runId ?? null };
          break;
        }
        // In a live stream a user message is the summary of a compaction; what the user said is not echoed.
        if (frame.type === "user") continue;
        if (frame.type === "stop") stopped = true;
        if (frame.type === "stop" && frame.reason === "error" && !begun) {
          held = frame;
          continue;
        }
        if (frame.type !== "ping" && frame.type !== "stop") begun = true;
        if (held) yield held;
        held = undefined;
        yield frame;
      }
      if (failure) break;
    }
  } catch (error) {
    // Once the end was announced, a broken connection takes nothing away.
    if (!stopped) throw withRun(abort.aborted ? faultFromAbort(abort, "message") : faultFrom(error, "message"), runId);
  }
  if (failure && !begun && awaitsApproval(failure.message)) throw withRun(new Fault("letta_awaiting_approval"), runId);
  if (held) yield held;
  if (failure) yield failure;
  else if (!stopped) throw withRun(abort.aborted ? faultFromAbort(abort, "message") : new Fault("letta_cut"), runId);
}

/** The same fault, naming the run in which it happened. */
const withRun = (fault: Fault, runId: string | undefined): Fault =>
  runId === undefined || fault.runId !== undefined
    ? fault
    : new Fault(fault.code, {
        message: fault.message,
        runId,
        ...(fault.hint === undefined ? {} : { hint: fault.hint }),
        ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
      });
