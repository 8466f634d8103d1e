/** Server-sent events. Frames begin with `data:`, as LettaBot's clients expect; the id follows. */
import type { Step } from "../turn/follow.ts";

const encoder = new TextEncoder();

const frame = ({ place, event }: Step): string => `data: ${JSON.stringify(event)}\nid: ${place}\n\n`;

const heartbeat = ": still here\n\n";

/** Bytes kept for a reader that does not read; more is not asked for until they are gone. */
const bufferBytes = 64 * 1024;

/** Resolves with undefined when the promise has not settled after `ms`. */
const within = async <T>(promise: Promise<T>, ms: number): Promise<T | undefined> => {
  let timer: Timer | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
};

export type SseOptions = {
  readonly heartbeatMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Called whenever the reader has room for more. */
  readonly onRoom: () => void;
  /** The reader went away before the end. */
  readonly onGone: () => void;
  /** A step could not be read; the stream ends there, and its reader may come back. */
  readonly onBroken: (error: unknown) => void;
};

/**
 * Steps as an SSE response. The next step is asked for when the reader has room, so a slow reader holds a place in the
 * turn instead of a growing queue. After `heartbeatMs` of silence a comment keeps the connection open.
 */
export const sseResponse = (steps: AsyncGenerator<Step>, options: SseOptions): Response => {
  let next: Promise<IteratorResult<Step>> | undefined;

  /** The next thing to send; undefined at the end. */
  const take = async (): Promise<string | undefined> => {
    next ??= steps.next();
    const result = await within(next, options.heartbeatMs);
    if (result === undefined) return heartbeat;
    next = undefined;
    return result.done ? undefined : frame(result.value);
  };

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        options.onRoom();
        try {
          const text = await take();
          if (text === undefined) controller.close();
          else controller.enqueue(encoder.encode(text));
        } catch (error) {
          // Thrown on, it would be printed with whatever it quotes.
          options.onBroken(error);
          controller.close();
        }
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
