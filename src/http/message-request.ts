/** The body of `POST /api/v1/messages`: LettaBot's form, or the same as JSON. Checked in LettaBot's order and words. */
import { createHash } from "node:crypto";
import { Fault } from "../errors.ts";
import { asRecord, readBody, readJson } from "./body.ts";
import { readKey } from "./chat-request.ts";
import { type GivenFile, readGivenFile } from "./given-file.ts";

/** A chat's key; or a bot, or the channel of the only bot there, with the chat's id there. */
export type Destination = { readonly chat: string } | { readonly channel: string; readonly chatId: string };

export type MessageRequest<Place> = {
  readonly place: Place;
  /** Empty only beside a file. */
  readonly text: string;
  readonly file: GivenFile | undefined;
  readonly idempotencyKey: string | undefined;
  /** Tells two bodies under one idempotency key apart. */
  readonly bodyHash: string;
};

const wrong = (message: string, field?: string): Fault =>
  new Fault("bad_request", { message, ...(field === undefined ? {} : { field }) });

type Limits = { readonly bodyBytes: number; readonly formBytes: number; readonly messageChars: number };
type Fields = Readonly<Record<string, unknown>>;
type Body = { readonly fields: Fields; readonly files: readonly Blob[] };

const readForm = async (request: Request, contentType: string, maxBytes: number): Promise<Body> => {
  const bytes = await readBody(request, maxBytes);
  try {
    const form = await new Response(bytes, { headers: { "content-type": contentType } }).formData();
    const entries = [...form];
    // A file may stand under any name, and stands for no other field there.
    return {
      files: entries.flatMap(([, value]) => (typeof value === "string" ? [] : [value])),
      fields: Object.fromEntries(entries.filter(([, value]) => typeof value === "string")),
    };
  } catch (cause) {
    throw new Fault("bad_request", { message: "Invalid multipart body", cause });
  }
};

const typeOf = (request: Request): string => request.headers.get("content-type") ?? "";

/** Whether it is a form, which may carry a file. */
export const isForm = (request: Request): boolean => typeOf(request).toLowerCase().includes("multipart/form-data");

const readParts = async (request: Request, { bodyBytes, formBytes }: Limits): Promise<Body> => {
  const contentType = typeOf(request);
  const kind = contentType.toLowerCase();
  if (isForm(request)) return readForm(request, contentType, formBytes);
  if (kind.includes("application/json")) return { fields: asRecord(await readJson(request, bodyBytes)), files: [] };
  throw wrong("Content-Type must be multipart/form-data or application/json");
};

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** One of the names by which a chat is found: short, and printable. */
const readPlace = (body: Fields, field: string): string | undefined => {
  const value = body[field];
  if (!isGiven(value)) return undefined;
  if (typeof value === "string" && value.length <= 512 && !/[\p{Cc}\p{Cs}]/u.test(value)) return value;
  throw wrong(`${field} must be a text of at most 512 characters`, field);
};

const readDestination = (body: Fields): Destination => {
  const [chat, channel, chatId] = ["chat", "channel", "chatId"].map((field) => readPlace(body, field));
  if (chat !== undefined) return { chat };
  if (channel !== undefined && chatId !== undefined) return { channel, chatId };
  throw wrong("Missing required fields: channel, chatId");
};

/** What is said, which may be nothing where a file says it. */
const readText = ({ text }: Fields, messageChars: number, hasFile: boolean): string => {
  if (!isGiven(text)) {
    if (hasFile) return "";
    throw wrong("Either text or file must be provided");
  }
  if (typeof text !== "string" || text.trim() === "") throw wrong("text must be a text with something in it", "text");
  if (text.length > messageChars) throw wrong(`Message too long (max ${messageChars} chars)`, "text");
  if (text.includes("\0")) throw wrong("text must not contain NUL characters", "text");
  return text;
};

/** Without a file it is what it was before there were any: keys outlive an upgrade. */
const hashOf = (to: Destination, text: string, file: GivenFile | undefined): string => {
  const shown = file === undefined ? [] : [[file.name, file.mime, file.kind, file.digest]];
  return createHash("sha256")
    .update(JSON.stringify([to, text, ...shown]))
    .digest("hex");
};

/** `findPlace` is asked before the text is looked at, because LettaBot names a wrong channel first. Throws what it throws. */
export const readMessageRequest = async <Place>(
  request: Request,
  limits: Limits,
  findPlace: (to: Destination) => Place,
): Promise<MessageRequest<Place>> => {
  const { fields, files } = await readParts(request, limits);
  const to = readDestination(fields);
  const place = findPlace(to);
  const file = await readGivenFile(fields, files);
  const text = readText(fields, limits.messageChars, file !== undefined);
  const idempotencyKey = readKey(request, fields);
  return { place, text: text.toWellFormed(), file, idempotencyKey, bodyHash: hashOf(to, text, file) };
};
