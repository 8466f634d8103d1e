/** Server-sent events. Frames begin with `data:`, as LettaBot's clients expect; the id follows. */
import type { Step } from "../turn/follow.ts";

const encoder = new TextEncoder();

const frame = ({ place, event }: Step): string =>
  event === undefined ? `id: ${place}\n\n` : `data: ${JSON.stringify(event)}\nid: ${place}\n\n`;

const heartbeat = ": still here\n\n";

/** Bytes kept for a reader that does not read; more is not asked for until they are gone. */
const bufferBytes = 64 * 1024;

/**
 * Steps as an SSE response. The next step is asked for when the reader has room, so a slow reader holds a place in the
 * turn instead of a growing queue. After `heartbeatMs` of silence a comment keeps the connection open. `onGone` is
 * called when the reader goes away before the end.
 */
export const sseResponse = (
  steps: AsyncGenerator<Step>,
  options: {
    readonly heartbeatMs: number;
    readonly onGone: () => void;
    readonly headers: Readonly<Record<string, string>>;
  },
): Response => {
  let next: Promise<IteratorResult<Step>> | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        next ??= steps.next();
        let timer: Timer | undefined;
        const silence = new Promise<undefined>((resolve) => {
          timer = setTimeout(() => resolve(undefined), options.heartbeatMs);
        });
        const result = await Promise.race([next, silence]);
        clearTimeout(timer);
        if (result === undefined) {
          controller.enqueue(encoder.encode(heartbeat));
          return;
        }
        next = undefined;
        if (result.done) controller.close();
        else controller.enqueue(encoder.encode(frame(result.value)));
      },
      cancel: options.onGone,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferBytes }),
  );
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      connection: "keep-alive",
      // nginx would gather the words into one block.
      "x-accel-buffering": "no",
      ...options.headers,
    },
  });
};
