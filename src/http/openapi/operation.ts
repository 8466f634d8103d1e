/** The form in which a route is described, and what many of them have in common. */
import type { z } from "zod";
import type { FaultCode } from "../../errors.ts";
import * as requests from "./requests.ts";

/** In reading order. */
export const groups = [
  "Asking",
  "Turns",
  "OpenAI",
  "Chats",
  "Access",
  "Tokens",
  "Dead letters",
  "Server",
  "Health",
] as const;

export type Operation = {
  readonly group: (typeof groups)[number];
  readonly id: string;
  readonly summary: string;
  /** CommonMark. */
  readonly description?: string;
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** The same as a form (`multipart/form-data`), where that is taken too. */
  readonly form?: z.ZodType;
  /** A body that works on a fresh server. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** By status: a schema, or the media type of what is no JSON; a stream may stand in a schema's place. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
  /** Whether it streams to those who accept that. */
  readonly streams?: true;
  /** What it is refused with, beside what every route of its kind is. */
  readonly refuses?: readonly FaultCode[];
};

export const page = { limit: requests.limit, before: requests.beforeId };
export const storage = ["storage_full", "storage_failed", "stopping"] as const satisfies readonly FaultCode[];
