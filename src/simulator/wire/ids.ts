/**
 * Ids and times as the Letta V1 server 0.16 writes them: `<prefix>-<uuid v4>`, dates of streamed messages to the second.
 */

export type Prefix =
  | "agent"
  | "archive"
  | "block"
  | "conv"
  | "file"
  | "file_agent"
  | "identity"
  | "mcp_server"
  | "message"
  | "passage"
  | "ping"
  | "run"
  | "source"
  | "step"
  | "tool";

export const newId = (prefix: Prefix): string => `${prefix}-${crypto.randomUUID()}`;

const uuid4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

/** The pattern the server quotes in its 422. */
export const idPattern = (prefix: Prefix): string => `^${prefix}-${uuid4}$`;

const patterns = new Map<Prefix, RegExp>();

export const isId = (prefix: Prefix, value: string): boolean => {
  const known = patterns.get(prefix) ?? new RegExp(idPattern(prefix));
  patterns.set(prefix, known);
  return known.test(value);
};

/** A part's `otid`: the message's uuid, its last seven bits replaced by the index of the part. */
export const partOtid = (messageId: string, index: number): string => {
  const uuid = messageId.slice("message-".length);
  const last = Number.parseInt(uuid.slice(-2), 16);
  return uuid.slice(0, -2) + ((last & 0x80) | (index & 0x7f)).toString(16).padStart(2, "0");
};

/** `2026-11-23T03:02:25+00:00`: the date of a message. */
export const messageDate = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`;

/** `2026-11-23T03:02:25.123Z`: every other time. */
export const timestamp = (at: number): string => new Date(at).toISOString();
