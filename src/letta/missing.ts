import { Fault } from "../errors.ts";
import { refuseAnswer } from "./client.ts";
import { rejectionOf } from "./faults.ts";
import { asRecord } from "./wire.ts";

/** Ids go into paths; what is no id names nothing. Throws `code`. */
export const requireId = (id: string, code: "letta_agent_missing" | "letta_conversation_missing"): void => {
  if (!/^[\w-]+$/.test(id)) throw new Fault(code);
};

/**
 * Whether an error says that the thing in the path does not exist: 404, or 422 for an id that cannot exist. A 404 for an
 * unknown route looks different, and so does that of a web site that is no Letta server: `letta_refused` then.
 */
const saysMissing = (error: unknown): boolean => {
  const rejection = rejectionOf(error);
  if (rejection?.status !== 404 && rejection?.status !== 422) return false;
  const body = asRecord(rejection.body);
  return !body || body["detail"] === "Not Found" ? refuseAnswer() : true;
};

/** Answers an error that says so with null; other errors are thrown again. */
export const nullIfMissing = (error: unknown): null => {
  if (!saysMissing(error)) throw error;
  return null;
};

/** Throws `code` for an error that says so; other errors are thrown again. */
export const throwMissing =
  (code: "letta_agent_missing" | "letta_conversation_missing") =>
  (error: unknown): never => {
    if (!saysMissing(error)) throw error;
    throw new Fault(code);
  };
