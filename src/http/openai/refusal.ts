/** Errors in the shape of that API. */
import { catalogue, type Fault, type FaultCode } from "../../errors.ts";
import { ok, headersOf } from "../reply.ts";

type Refusal = { readonly message: string; readonly code: string; readonly status: number; readonly field?: string };

/** Words that clients of that API know, where it has them. */
const codes: Readonly<Record<string, string>> = {
  unauthorized: "invalid_api_key",
  agent_unknown: "model_not_found",
  rate_limited: "rate_limit_exceeded",
  too_many_streams: "rate_limit_exceeded",
  too_many_attempts: "rate_limit_exceeded",
};

const typeOf = (status: number): string => {
  if (status >= 500) return "server_error";
  return status === 429 ? "rate_limit_error" : "invalid_request_error";
};

const param: Readonly<Record<string, string>> = { agent_unknown: "model" };

/** `{ error: { message, type, param, code } }`. */
export const refusalBody = ({ message, code, status, field }: Refusal) => ({
  error: { message, type: typeOf(status), param: field ?? param[code] ?? null, code: codes[code] ?? code },
});

/** The status of a code that a turn ended with; `interrupted` is in no catalogue. */
export const statusOf = (code: string): number =>
  Object.hasOwn(catalogue, code) ? catalogue[code as FaultCode].status : 500;

/** What went wrong stays so: the SDKs are told not to try again. */
const noRetry = { "x-should-retry": "false" };

export const refuseCompletion = (fault: Fault, headers: Readonly<Record<string, string>> = {}): Response => {
  const { code, message, status, field } = fault;
  const again = fault.verdict === "retry" ? headersOf(fault) : { ...headersOf(fault), ...noRetry };
  return ok(refusalBody({ code, message, status, ...(field === undefined ? {} : { field }) }), status, {
    ...again,
    ...headers,
  });
};

/** A turn that failed. */
export const refuseFailed = (
  failed: { readonly message: string; readonly code: string },
  headers: Readonly<Record<string, string>>,
): Response => {
  const status = statusOf(failed.code);
  return ok(refusalBody({ ...failed, status }), status, { ...noRetry, ...headers });
};
