/** Streams that end otherwise than Letta's do. */
import { event, eventsIn, runIn, typeOf } from "./events.ts";
import { type InjectedFault, inTheStream } from "./fault.ts";

const isStop = (text: string): boolean => typeOf(text) === "stop_reason";

/** Everything said, the stop reason too, but not that it was all. */
export const withoutDone: InjectedFault = inTheStream("the stream ends without [DONE]", async function* (body) {
  for await (const text of eventsIn(body)) if (!text.startsWith("data: [DONE]")) yield text;
});

/** A clean end before the stop reason. */
export const withoutStop: InjectedFault = inTheStream("the stream ends before its stop reason", async function* (body) {
  for await (const text of eventsIn(body)) {
    if (isStop(text)) return;
    yield text;
  }
});

/** A clean end of the body in the middle of an event. */
export const endInside = (type: string): InjectedFault =>
  inTheStream(`the stream ends in the middle of a ${type}`, async function* (body) {
    for await (const text of eventsIn(body)) {
      if (typeOf(text) === type) return yield text.slice(0, text.length / 2);
      yield text;
    }
  });

export const stopTwice: InjectedFault = inTheStream("the stop reason comes twice", async function* (body) {
  for await (const text of eventsIn(body)) {
    yield text;
    if (isStop(text)) yield text;
  }
});

/** As a server writes it that failed when all was said: an error, and no [DONE]. */
export const errorAfterStop: InjectedFault = inTheStream(
  "an error comes after the stop reason",
  async function* (body) {
    let run: string | undefined;
    for await (const text of eventsIn(body)) {
      run ??= runIn(text);
      yield text;
      if (!isStop(text)) continue;
      const words = { error_type: "internal_error", message: "Traceback: sk-canary-of-the-server", detail: "inner" };
      return yield event({ message_type: "error_message", run_id: run ?? null, ...words, seq_id: null }, "error");
    }
  },
);
