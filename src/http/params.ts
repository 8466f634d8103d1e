/** What stands in the path and behind the question mark. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import type { Env } from "./context.ts";

/** The number of a row; what cannot be one is answered like one that does not exist. */
export const paramId = (c: Context<Env>): number => {
  const id = Number(c.req.param("id"));
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new Fault("not_found");
};

/** A whole number from the query, within bounds; throws `bad_request`. */
export const queryNumber = (
  c: Context<Env>,
  name: string,
  bounds: { min: number; max: number },
): number | undefined => {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= bounds.min && value <= bounds.max) return value;
  throw new Fault("bad_request", { message: `${name} must be a whole number from ${bounds.min} to ${bounds.max}` });
};
