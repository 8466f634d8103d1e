import type { Context } from "hono";
import type { z } from "zod";
import { invalid, problem } from "../wire/refusals.ts";
import { jsonOf } from "./request.ts";

/** The JSON body by its schema, or the 422 of one that does not fit. */
export const readBody = async <T>(c: Context, schema: z.ZodType<T>): Promise<T> => {
  const read = schema.safeParse((await jsonOf(c)) ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = (issue?.path ?? []).map((step) => (typeof step === "number" ? step : String(step)));
  throw invalid(problem(issue?.code ?? "invalid", ["body", ...path], issue?.message ?? "Invalid", ""));
};
