import type { Context } from "hono";
import { invalid, problem } from "../wire/refusals.ts";

/** What handlers read out of a request. */

/** The JSON body; null when there is none. */
export const jsonOf = async (c: Context): Promise<unknown> => {
  const text = await c.req.text();
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid(problem("json_invalid", ["body", 0], "JSON decode error", "{}"));
  }
};

/**
 * Whether the server takes the client for an SDK of version 1 or later, which sees relations only when it asks for them.
 * Anything else, such as a bare fetch or curl, is treated like the clients of before.
 */
export const isSdk = (c: Context): boolean => {
  const agent = c.req.header("user-agent");
  return (
    c.req.header("x-stainless-package-version") !== undefined ||
    agent === undefined ||
    /^(@letta-ai\/)?letta-client\/1\./.test(agent)
  );
};

export const limitOf = (c: Context, usual: number, most = 1_000): number => {
  const given = c.req.query("limit");
  if (given === undefined) return usual;
  const limit = Number(given);
  if (!Number.isInteger(limit)) {
    throw invalid(problem("int_parsing", ["query", "limit"], "Input should be a valid integer", given));
  }
  if (limit < 1) {
    throw invalid(
      problem("greater_than_equal", ["query", "limit"], "Input should be greater than or equal to 1", given),
    );
  }
  return Math.min(limit, most);
};

export const isAscending = (c: Context, usual: "asc" | "desc" = "desc"): boolean =>
  (c.req.query("order") ?? usual) === "asc";

export const queryOf = (c: Context, name: string): string | null => c.req.query(name) ?? null;
