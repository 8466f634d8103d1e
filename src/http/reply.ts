/** Answers that are not a stream: LettaBot's `{ success, error }` bodies, with a code for programs. */
import { asFault, type Fault } from "../errors.ts";

const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

export const ok = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  json(status, body, headers);

/** `field` names the part of the request that is wrong. */
export const refuse = (thrown: unknown, field?: string): Response => {
  const fault: Fault = asFault(thrown);
  const headers: Record<string, string> = {};
  if (fault.retryAfterMs !== undefined || fault.status === 503) {
    headers["retry-after"] = String(Math.max(1, Math.ceil((fault.retryAfterMs ?? 5_000) / 1_000)));
  }
  if (fault.status === 401) headers["www-authenticate"] = "Bearer";
  const hint = fault.hint === undefined ? {} : { hint: fault.hint };
  const place = field === undefined ? {} : { field };
  return json(fault.status, { success: false, error: fault.message, code: fault.code, ...hint, ...place }, headers);
};
