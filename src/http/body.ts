/** Reads a request's body within a bound, counted while it arrives. */
import { Fault } from "../errors.ts";

/**
 * The body as bytes. A body that is too large is read to its end all the same, without keeping it: an answer while the
 * other side still sends would reach it as a broken connection. Throws `body_too_large`, `unsupported_media_type`.
 */
export const readBody = async (request: Request, maxBytes: number): Promise<Uint8Array> => {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") {
    throw new Fault("unsupported_media_type", { message: "Compressed request bodies are not supported." });
  }
  if (!request.body) return new Uint8Array();
  const length = request.headers.get("content-length");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    // Not a byte more than it says arrives, and all at once costs a fifth of piece by piece.
    if (length !== null && Number(length) <= maxBytes) return new Uint8Array(await request.arrayBuffer());
    for await (const chunk of request.body) {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch (cause) {
    throw new Fault("bad_request", { message: "The request body ended early.", cause });
  }
  if (bytes > maxBytes) {
    throw new Fault("body_too_large", { message: `The request body is larger than ${maxBytes} bytes.` });
  }
  return Buffer.concat(chunks);
};

/** The body as JSON; every failure has its own words. */
export const readJson = async (request: Request, maxBytes: number): Promise<unknown> => {
  const bytes = await readBody(request, maxBytes);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Fault("bad_request", { message: "The request body is not valid UTF-8.", cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Fault("bad_request", { message: "Invalid JSON body", cause });
  }
};

/** The fields of a JSON body; none when it is anything but an object. */
export const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
