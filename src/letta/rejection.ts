import { Fault, type FaultOptions } from "../errors.ts";
import { faultFromProvider } from "./provider-fault.ts";
import { readRetryAfterMs } from "./retry-after.ts";
import { asRecord, asText, type Json } from "./wire.ts";

/** An answer with a status of 400 or above: the parsed body, or nothing when it was not JSON. */
export type Rejection = { readonly status: number; readonly body: unknown; readonly headers: Headers | undefined };

/**
 * What the request was about. `message`: a turn, which a failure in the middle may have begun. `change`: another request
 * that must not be repeated blindly. `read`: anything that may be repeated.
 */
export type Purpose = "message" | "change" | "read";

/** What Letta Cloud answers with 429 when a plan's limit is reached: waiting does not help. */
const planReasons = new Set([
  "exceeded-quota",
  "free-usage-exceeded",
  "premium-usage-exceeded",
  "standard-usage-exceeded",
  "basic-usage-exceeded",
  "not-enough-credits",
]);

const reasonsOf = (body: Json): readonly string[] => {
  const listed = body["reasons"] ?? asRecord(body["error"])?.["reasons"];
  return Array.isArray(listed) ? listed.filter((reason) => typeof reason === "string") : [];
};

/** What the server says in words; read to tell cases apart, never shown: it quotes internals. */
const wordsOf = (body: Json): string => {
  const detail = asRecord(body["detail"]);
  return [body["detail"], detail?.["message"], detail?.["code"], body["message"]]
    .map((text) => asText(text) ?? "")
    .join(" ");
};

/** The text with which both a 409 and an error in the stream say that a tool call waits for its approval. */
export const awaitsApproval = (words: string): boolean => /waiting for approval|PENDING_APPROVAL/i.test(words);

const conflict = (body: Json, purpose: Purpose, options: FaultOptions): Fault => {
  const words = wordsOf(body);
  if (awaitsApproval(words)) return new Fault("letta_awaiting_approval", options);
  const runId = asText(body["run_id"]) ?? /run_id=(run-[\w-]+)/.exec(words)?.[1];
  // The other conflicts of a post are locks and races in the server's database: nothing was done.
  if (purpose === "message" || runId) return new Fault("letta_busy", runId ? { ...options, runId } : options);
  return new Fault(options.retryAfterMs === undefined ? "letta_refused" : "letta_busy", options);
};

const limited = (body: Json, options: FaultOptions): Fault => {
  const reasons = reasonsOf(body);
  if (reasons.includes("agents-limit-exceeded"))
    return new Fault("letta_refused", { message: "The Letta account may not have more agents on its plan." });
  if (reasons.some((reason) => planReasons.has(reason)))
    return new Fault("letta_unpaid", { message: "The limit of the Letta account's plan is reached." });
  return new Fault("letta_rate_limited", options);
};

const refusals: Readonly<Record<number, string>> = {
  403: "The Letta account may not do this.",
  404: "The Letta server does not know what was asked for.",
  413: "The message is too large for Letta.",
};

/** A status that does not say whether the work was done: from the server itself or from a proxy before it. */
const isUnclear = (status: number) =>
  status === 408 || status === 499 || (status >= 500 && status !== 501 && status !== 503);

/**
 * The fault that a rejection means. 404 is the caller's: only it knows what is missing. 403 is a refusal, not a rejected
 * key: plans and scopes answer it for one route while others work.
 */
export const faultFromRejection = ({ status, body, headers }: Rejection, purpose: Purpose): Fault => {
  const json = asRecord(body) ?? {};
  const retryAfterMs = readRetryAfterMs(headers);
  const options: FaultOptions = retryAfterMs === undefined ? {} : { retryAfterMs };
  const errorType = asText(asRecord(json["error"])?.["type"]);
  // These come from the model's provider through Letta, whose own key and account are fine.
  if (errorType?.startsWith("llm_")) return faultFromProvider({ errorType, runId: null });
  if (status === 401) return new Fault("letta_rejected");
  if (status === 402) return new Fault("letta_unpaid");
  if (status === 409) return conflict(json, purpose, options);
  if (status === 425) return new Fault("letta_overloaded", options);
  if (status === 429) return limited(json, options);
  if (status === 503 && /background streaming requires redis/i.test(wordsOf(json)))
    return new Fault("letta_no_background");
  if (status === 503) return new Fault("letta_overloaded", options);
  if (isUnclear(status)) return new Fault(purpose === "read" ? "letta_overloaded" : "letta_cut", options);
  const message = refusals[status];
  return new Fault("letta_refused", message === undefined ? {} : { message });
};
