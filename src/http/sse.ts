/**
 * Server-sent events. Every event names its place. LettaBot's clients take all that stands behind `data: ` in a frame for
 * JSON, so what they read consists of nothing else; where only clients of ours read, a line repeats the place as the
 * frame's id, for those who leave it to a library to come back.
 */
import type { Step } from "../turn/follow.ts";

const encoder = new TextEncoder();

/** Data and nothing else. */
export const bareFrame = ({ place, event }: Step): string => `data: ${JSON.stringify({ ...event, id: place })}\n\n`;

/** Data, and the id behind it. */
export const frameWithId = (step: Step): string => `${bareFrame(step).trimEnd()}\nid: ${step.place}\n\n`;

const heartbeat = ": still here\n\n";

/** Bytes kept for a reader that does not read; more is not asked for until they are gone. */
const bufferBytes = 64 * 1024;

export type SseOptions = {
  readonly heartbeatMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Called whenever the reader has room for more. */
  readonly onRoom: () => void;
  /** The reader went away before the end. */
  readonly onGone: () => void;
  /** A step could not be read; the stream ends there, and its reader may come back. */
  readonly onBroken: (error: unknown) => void;
  /** Nothing more will be sent, for whatever reason; comes last. */
  readonly onEnd: () => void;
};

/**
 * An SSE response of whatever `toFrame` makes of each value. The next one is asked for when the reader has room, so a slow
 * reader holds a place in the turn instead of a growing queue. After `heartbeatMs` of silence a comment keeps the
 * connection open.
 */
export const eventStream = <T>(
  steps: AsyncGenerator<T>,
  toFrame: (value: T) => string,
  options: SseOptions,
): Response => {
  let heart: Timer | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        heart = setInterval(() => {
          // What is left unread says enough; and a reader that reads nothing is idle.
          if (controller.desiredSize !== bufferBytes) return;
          controller.enqueue(encoder.encode(heartbeat));
          options.onRoom();
        }, options.heartbeatMs);
      },
      async pull(controller) {
        options.onRoom();
        // One timer that is pushed back: a timer for each word would cost as much as the word.
        heart?.refresh();
        try {
          const { done, value } = await steps.next();
          if (!done) return controller.enqueue(encoder.encode(toFrame(value)));
        } catch (error) {
          // Thrown on, it would be printed with whatever it quotes.
          options.onBroken(error);
        }
        clearInterval(heart);
        controller.close();
        options.onEnd();
      },
      cancel() {
        clearInterval(heart);
        options.onGone();
        // A reader that left with a full buffer never asks again: let go of the turn for it.
        steps.return(undefined).catch(options.onBroken);
        options.onEnd();
      },
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
