import { APIConnectionError, APIError, APIUserAbortError } from "@letta-ai/letta-client";
import { Fault } from "../errors.ts";
import { faultFromAbort } from "./client.ts";
import { faultFrom } from "./faults.ts";
import { errorFrame, framesOf, runIdOf } from "./frames.ts";
import { awaitsApproval } from "./rejection.ts";
import type { Frame } from "./upstream.ts";

type ErrorFrame = Extract<Frame, { type: "error" }>;

/** The SDK throws the data of an `event: error` as an `APIError` without status. */
const errorEvent = (error: unknown): ErrorFrame | undefined =>
  error instanceof APIError &&
  error.status === undefined &&
  !(error instanceof APIConnectionError) &&
  !(error instanceof APIUserAbortError)
    ? errorFrame(error.error)
    : undefined;

/**
 * Turns the messages of one stream into frames: a `run` frame first, as soon as the run is known; the generator ends
 * after an error, or with the stream once a stop reason was seen. Throws `letta_cut` when there was none, and
 * `letta_awaiting_approval` when the server refuses in the stream to begin because a tool call waits.
 */
export async function* relay(messages: AsyncIterable<unknown>, abort: AbortSignal): AsyncGenerator<Frame, void> {
  let runId: string | undefined;
  let begun = false;
  let stopped = false;
  // The refusal to begin comes as a stop with `error` and then the error itself; the stop alone would look like a failure.
  let held: Frame | undefined;
  let failure: ErrorFrame | undefined;
  try {
    for await (const message of messages) {
      const named = runIdOf(message);
      if (named !== undefined && named !== runId) {
        runId = named;
        yield { type: "run", runId };
      }
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
    const event = errorEvent(error);
    failure = event && { ...event, runId: event.runId ?? runId ?? null };
    // Once the end was announced, a broken connection takes nothing away.
    if (!failure && !stopped)
      throw withRun(abort.aborted ? faultFromAbort(abort, "message") : faultFrom(error, "message"), runId);
  }
  if (failure && !begun && awaitsApproval(failure.message)) throw withRun(new Fault("letta_awaiting_approval"), runId);
  if (held) yield held;
  if (failure) yield failure;
  // An aborted stream of the SDK ends like a complete one.
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
