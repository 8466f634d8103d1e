/** Fetches what came with a message, bounded in size and time, whatever the platform says about either. */
import type { Channel } from "../channels/channel.ts";
import { asFault, Fault } from "../errors.ts";
import type { FileRef } from "../message.ts";
import { pause } from "../pause.ts";

export type Fetched =
  | { readonly bytes: Uint8Array; readonly isCut: boolean }
  /** It has more bytes than were asked for, and a part of it is of no use. */
  | "too-large";

export type Bounds = {
  readonly most: number;
  /** Whether the beginning is of use where the whole is larger. */
  readonly mayCut: boolean;
  readonly abort: AbortSignal;
};

const downloadMs = 30_000;
const longestWaitMs = 3_000;
const attempts = 2;

const concat = (chunks: readonly Uint8Array[], most: number): Uint8Array =>
  Uint8Array.from(Buffer.concat(chunks).subarray(0, most));

/** Reads to the end, or until there is more than asked for: what a platform says of the length is not believed. */
const read = async (body: ReadableStream<Uint8Array>, { most, mayCut }: Bounds): Promise<Fetched> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > most) return mayCut ? { bytes: concat(chunks, most), isCut: true } : "too-large";
  }
  return { bytes: concat(chunks, most), isCut: false };
};

const attempt = async (
  fetchFile: NonNullable<Channel["download"]>,
  file: FileRef,
  bounds: Bounds,
): Promise<Fetched> => {
  const abort = AbortSignal.any([bounds.abort, AbortSignal.timeout(downloadMs)]);
  const response = await fetchFile(file, abort);
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Fault(response.status >= 500 || response.status === 429 ? "send_unreachable" : "send_refused");
  }
  return read(response.body, bounds);
};

/** Tries once more where the platform could not be had for a moment. Throws what it failed with. */
export const download = async (
  fetchFile: NonNullable<Channel["download"]>,
  file: FileRef,
  bounds: Bounds,
): Promise<Fetched> => {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await attempt(fetchFile, file, bounds);
    } catch (error) {
      const fault = asFault(error);
      if (left === 0 || fault.verdict === "fail" || bounds.abort.aborted) throw error;
      const waitMs = Math.min(fault.retryAfterMs ?? 500, longestWaitMs);
      await pause(waitMs, bounds.abort);
    }
  }
};
