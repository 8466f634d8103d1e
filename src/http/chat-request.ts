/** The body of a chat request, checked in LettaBot's order and words. */
import { createHash } from "node:crypto";
import { Fault } from "../errors.ts";
import type { Image } from "../message.ts";
import { asRecord, readJson } from "./body.ts";
import { mostImages, readImage } from "./images.ts";

export type ChatRequest = {
  readonly message: string;
  readonly images: readonly Image[];
  readonly agent: string | undefined;
  readonly chat: string | undefined;
  readonly conversation: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly onDisconnect: "continue" | "cancel";
  /** Tells two bodies under one idempotency key apart. */
  readonly bodyHash: string;
};

const wrong = (message: string, field?: string): never => {
  throw new Fault("bad_request", { message, ...(field === undefined ? {} : { field }) });
};

/** Control characters and halves of surrogate pairs: no name holds them, and not every server can store them. */
const unprintable = /[\p{Cc}\p{Cs}]/u;

/** A name in the body; null is as good as absent. */
export const readName = (
  body: Readonly<Record<string, unknown>>,
  field: string,
  maxChars: number,
): string | undefined => {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") return wrong(`${field} must be a string`, field);
  if (value.trim() === "") return wrong(`${field} must not be empty`, field);
  if (value.length > maxChars) return wrong(`${field} too long (max ${maxChars} chars)`, field);
  if (unprintable.test(value)) return wrong(`${field} must not contain control characters`, field);
  return value;
};

/** Printable ASCII, as an HTTP header can carry it. */
const keyPattern = /^[\x20-\x7e]+$/;

export const readKey = (request: Request, body: Readonly<Record<string, unknown>>): string | undefined => {
  const inBody = readName(body, "idempotencyKey", 255);
  const inHeader = request.headers.get("idempotency-key") ?? undefined;
  const key = inBody ?? inHeader;
  if (inBody !== undefined && inHeader !== undefined && inBody !== inHeader) {
    return wrong("idempotencyKey and the Idempotency-Key header differ", "idempotencyKey");
  }
  if (key !== undefined && (key.length > 255 || !keyPattern.test(key))) {
    return wrong("idempotencyKey must be 1 to 255 printable ASCII characters", "idempotencyKey");
  }
  return key;
};

const readImages = ({ images }: Readonly<Record<string, unknown>>): readonly Image[] => {
  if (images === undefined || images === null) return [];
  if (!Array.isArray(images)) return wrong("images must be a list of data URLs", "images");
  if (images.length > mostImages) return wrong(`a message may have ${mostImages} images at most`, "images");
  return images.map((image, index) => readImage(image, `images[${index}]`));
};

/** Throws `bad_request` unless the body is said to be JSON. */
export const demandJson = ({ headers }: Request): void => {
  if ((headers.get("content-type") ?? "").toLowerCase().includes("application/json")) return;
  wrong("Content-Type must be application/json");
};

/** Throws `bad_request` and what `readJson` throws. */
export const readChatRequest = async (
  request: Request,
  limits: { readonly bodyBytes: number; readonly messageChars: number },
): Promise<ChatRequest> => {
  demandJson(request);
  const parsed = await readJson(request, limits.bodyBytes);
  const body = asRecord(parsed);
  const { message } = body;
  if (typeof message !== "string" || message.trim() === "") return wrong("Missing required field: message");
  if (message.length > limits.messageChars) return wrong(`Message too long (max ${limits.messageChars} chars)`);
  // Postgres, behind most Letta servers, cannot store it.
  if (message.includes("\0")) return wrong("Message must not contain NUL characters", "message");
  // LettaBot takes an empty agent for none.
  const agent = body["agent"] === "" ? undefined : readName(body, "agent", 255);
  const chat = readName(body, "chat", 128);
  const conversation = readName(body, "conversation", 128);
  const images = readImages(body);
  const idempotencyKey = readKey(request, body);
  const onDisconnect = body["onDisconnect"] ?? "continue";
  if (onDisconnect !== "continue" && onDisconnect !== "cancel") {
    return wrong('onDisconnect must be "continue" or "cancel"', "onDisconnect");
  }
  // Without images it says what it said before there were any: keys outlive an upgrade.
  const shown = images.length === 0 ? [] : [images];
  const said = JSON.stringify([message, agent ?? null, chat ?? null, conversation ?? null, ...shown]);
  const bodyHash = createHash("sha256").update(said).digest("hex");
  const naming = { agent, chat, conversation, idempotencyKey };
  return { message: message.toWellFormed(), images, ...naming, onDisconnect, bodyHash };
};
