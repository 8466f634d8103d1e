/** What an answer of a Letta server may cost. */
import { Fault } from "../errors.ts";
import type { Limits } from "./limits.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Reader = { read(): Promise<{ done: boolean; value?: Bytes | undefined }>; cancel(): Promise<void> };

/** The next chunk, `end`, or `silence` when there was none for `ms`. */
const readWithin = async (reader: Reader, ms: number): Promise<Bytes | "end" | "silence"> => {
  const { promise: silence, resolve } = Promise.withResolvers<"silence">();
  const timer = setTimeout(() => resolve("silence"), ms);
  try {
    const read = reader.read().then(({ done, value }) => (done || !value ? ("end" as const) : value));
    return await Promise.race([read, silence]);
  } finally {
    clearTimeout(timer);
  }
};

/** Passes `body` through `next`, which answers what to hand on, nothing, or throws; `null` ends the stream. */
const guard = (body: ReadableStream<Bytes>, next: (reader: Reader) => Promise<Bytes | null | undefined>) => {
  const reader = body.getReader() as Reader;
  // The other end learns that nobody reads any more; that it may be gone already does not matter here.
  const release = () => reader.cancel().catch(() => undefined);
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          for (;;) {
            const out = await next(reader);
            if (out === undefined) continue;
            if (out) return controller.enqueue(out);
            controller.close();
            await release();
            return;
          }
        } catch (error) {
          controller.error(error);
          await release();
        }
      },
      cancel: release,
    },
    { highWaterMark: 0 },
  );
};

/**
 * A JSON or error body that fails with `letta_too_much` beyond the limit, and with `letta_cut` after a silence or when it
 * takes too long.
 */
export const boundAnswer = (body: ReadableStream<Bytes>, limits: Limits): ReadableStream<Bytes> => {
  let total = 0;
  const lateAt = performance.now() + limits.answerMs;
  return guard(body, async (reader) => {
    const leftMs = lateAt - performance.now();
    const read = leftMs <= 0 ? "silence" : await readWithin(reader, Math.min(limits.silenceMs, leftMs));
    if (read === "end") return null;
    if (read === "silence") throw new Fault("letta_cut", { message: "Letta went silent in the middle of an answer." });
    total += read.length;
    if (total > limits.answerBytes) throw new Fault("letta_too_much");
    return read;
  });
};
