/** Cuts a byte stream into whole server-sent events. */
import { Fault } from "../errors.ts";
import type { Limits } from "./limits.ts";

const newline = 10;
const carriageReturn = 13;

const done = /(?:^|\n)data: ?\[DONE\]\r?\n\r?\n$/;

/** A buffer that grows by doubling: a million tiny chunks must not cost a million objects. */
const createBuffer = () => {
  let bytes = new Uint8Array(256);
  let length = 0;
  return {
    length: () => length,
    append(chunk: Uint8Array): void {
      if (length + chunk.length > bytes.length) {
        const larger = new Uint8Array(Math.max(bytes.length * 2, length + chunk.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(chunk, length);
      length += chunk.length;
    },
    take(): Uint8Array<ArrayBuffer> {
      const taken = bytes.slice(0, length);
      length = 0;
      return taken;
    },
  };
};

/**
 * Cuts a stream of server-sent events into pieces of whole events. It bounds what an endless event may cost, and no
 * byte is searched twice, however small the chunks are.
 */
export const createFramer = (limits: Pick<Limits, "frameBytes" | "turnBytes">) => {
  const buffer = createBuffer();
  let total = 0;
  let over = false;
  let lineBytes = 0;
  let lineStart = 0;

  /** The end of the last whole event in `chunk`, or 0: an event ends with an empty line. */
  const findBoundary = (chunk: Uint8Array): number => {
    let boundary = 0;
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      const length = lineBytes + at - from;
      const first = lineBytes > 0 ? lineStart : chunk[from];
      if (length === 0 || (length === 1 && first === carriageReturn)) {
        const before = boundary === 0 ? buffer.length() : 0;
        if (before + at + 1 - boundary > limits.frameBytes) throw new Fault("letta_too_much");
        boundary = at + 1;
      }
      lineBytes = 0;
      from = at + 1;
    }
    if (lineBytes === 0) lineStart = chunk[from] ?? 0;
    lineBytes += chunk.length - from;
    return boundary;
  };

  return {
    /** The whole events that `chunk` completes, or nothing yet. Throws `letta_too_much`. */
    push(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
      total += chunk.length;
      if (total > limits.turnBytes) throw new Fault("letta_too_much");
      if (over) return undefined;
      const boundary = findBoundary(chunk);
      const rest = chunk.subarray(boundary);
      if (rest.length + (boundary === 0 ? buffer.length() : 0) > limits.frameBytes) throw new Fault("letta_too_much");
      let whole: Uint8Array<ArrayBuffer> | undefined;
      if (boundary > 0) {
        whole = chunk.subarray(0, boundary);
        if (buffer.length() > 0) {
          buffer.append(whole);
          whole = buffer.take();
        }
        over = done.test(new TextDecoder().decode(whole.subarray(-24)));
      }
      buffer.append(rest);
      return whole;
    },
    /** Whether the stream has said `[DONE]`. */
    over: () => over,
  };
};
