import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { idPattern, isId, type Prefix } from "./ids.ts";

/**
 * How the Letta server says no, word for word where clients are known to read the words. A handler throws what these
 * functions return.
 */

const refusal = (status: ContentfulStatusCode, body: unknown): HTTPException =>
  new HTTPException(status, { res: Response.json(body, { status }) });

export const refuse = (status: ContentfulStatusCode, detail: string): HTTPException => refusal(status, { detail });

/** 422 with Pydantic's list of problems printed as Python would, inside a string. */
export const invalid = (detail: string, examples?: readonly string[]): HTTPException =>
  refusal(422, { trace_id: "", detail, ...(examples === undefined ? {} : { examples }) });

export const notFound = (): Response => Response.json({ detail: "Not Found" }, { status: 404 });

export const unauthorized = (): Response => Response.json({ detail: "Unauthorized" }, { status: 401 });

export const noAgent = (id: string): HTTPException => refuse(404, `Agent with ID ${id} not found`);

/** Not a 404, as everywhere else (0.16.7). */
export const notExported = (id: string): HTTPException =>
  refuse(500, `Export failed: The following agent IDs were not found: ['${id}']`);

// The server leaks the caller's row here. Nobody should show such a text to a person, and this is how they find out.
const actor =
  "id='user-00000000-0000-4000-8000-000000000000' organization_id='org-00000000-0000-4000-8000-000000000000' name='default_user'";

export const noRow = (kind: string, id: string): HTTPException =>
  refuse(404, `${kind} not found with id='['${id}']', access level in ['read'] for actor='${actor}'`);

/** The server quotes its SQL here. */
export const notUnique = (kind: string): HTTPException =>
  refuse(
    409,
    `A unique constraint was violated for ${kind}. Check your input for duplicates: (sqlite3.IntegrityError)`,
  );

export const noCursor = (id: string, agent: string | null): HTTPException =>
  refuse(404, `No message found with id '${id}' for agent '${agent ?? "None"}'.`);

/** `loc` and `input` may hold what the caller sent: it goes back to the caller only. */
export const problem = (type: string, loc: readonly (string | number)[], message: string, input: string): string => {
  const path = loc.map((step) => (typeof step === "number" ? String(step) : `'${step}'`)).join(", ");
  return `[{'type': '${type}', 'loc': (${path}${loc.length === 1 ? "," : ""}), 'msg': "${message}", 'input': '${input}'}]`;
};

/** Answers the id, or throws the 422 of a malformed one. */
export const idIn = (prefix: Prefix, parameter: string, value: string): string => {
  if (isId(prefix, value)) return value;
  const text = problem(
    "string_pattern_mismatch",
    ["path", parameter],
    `String should match pattern '${prefix}-{uuid4}'`,
    value,
  );
  throw invalid(`${text.slice(0, -2)}, 'ctx': {'pattern': '${idPattern(prefix)}'}}]`, [
    `${prefix}-123e4567-e89b-42d3-8456-426614174000`,
  ]);
};

/** Conversation ids are checked by length first, so that even `default` is "too short" where it is not allowed. */
export const conversationIdIn = (value: string): string => {
  if (isId("conv", value)) return value;
  const loc = ["path", "conversation_id"];
  if (value.length < 41)
    throw invalid(problem("string_too_short", loc, "String should have at least 41 characters", value));
  if (value.length > 41)
    throw invalid(problem("string_too_long", loc, "String should have at most 41 characters", value));
  throw invalid(problem("string_pattern_mismatch", loc, "String should match pattern 'conv-{uuid4}'", value));
};

/** Run ids have their own check: 400, not 422. */
export const runIdIn = (value: string): string => {
  if (isId("run", value)) return value;
  throw refuse(400, `INVALID_ARGUMENT: Invalid run ID format: ${value}. Expected format: 'run-<uuid4>'`);
};

export const busy = (runId: string): HTTPException =>
  refusal(409, {
    detail: `CONFLICT: Cannot send a new message: Another request (run_id=${runId}) is currently being processed for this conversation. Please wait for it to complete.`,
    run_id: runId,
  });

export const nothingToCancel = (of: string): HTTPException =>
  refuse(409, `CONFLICT: No active runs to cancel for ${of}`);

export const noBackground = (): HTTPException =>
  refuse(
    503,
    "INTERNAL_SERVER_ERROR: Background streaming requires Redis to be running. Please ensure Redis is properly configured. LETTA_REDIS_HOST: None, LETTA_REDIS_PORT: 6379",
  );
