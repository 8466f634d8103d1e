import { pingFrame } from "../wire/frames.ts";
import type { Tape } from "./tape.ts";

/** A tape as an HTTP response of server-sent events. */

const encoder = new TextEncoder();

export type StreamOptions = {
  readonly tape: Tape;
  readonly runId: string;
  /** Frames to skip. */
  readonly from: number;
  /** Silence after which a ping is sent; null is never. These pings have no `seq_id`. */
  readonly pingMs: number | null;
  readonly now: () => number;
  /** The caller's: when it fires the caller is gone, and the run goes on without it. */
  readonly abort: AbortSignal;
};

const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };

export const streamResponse = ({ tape, runId, from, pingMs, now, abort }: StreamOptions): Response => {
  const listener = tape.listen(from);
  // A real connection would be closed by the client; in the same process nothing but its signal ends the reading.
  let source: ReadableStreamDefaultController<Uint8Array> | null = null;
  const leave = (): void => {
    abort.removeEventListener("abort", hangUp);
    listener.leave();
  };
  const hangUp = (): void => {
    leave();
    source?.error(abort.reason);
  };
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      source = controller;
      if (abort.aborted) hangUp();
      else abort.addEventListener("abort", hangUp);
    },
    pull: async (controller) => {
      for (;;) {
        const taken = listener.take();
        if (taken === "left") return;
        if (typeof taken === "object") return controller.enqueue(encoder.encode(taken.text));
        if (taken === "end") {
          leave();
          return controller.close();
        }
        if (taken === "cut") {
          leave();
          return controller.error(new TypeError("The socket connection was closed unexpectedly."));
        }
        if (await listener.wait(pingMs)) continue;
        return controller.enqueue(encoder.encode(pingFrame(runId, now(), null)));
      }
    },
    cancel: leave,
  });
  return new Response(stream, { headers });
};
