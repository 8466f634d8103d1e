/** Answers that are not a stream: LettaBot's `{ success, error }` bodies, with a code for programs. */
import type { Fault } from "../errors.ts";

type Headers = Readonly<Record<string, string>>;

export const ok = (body: unknown, status = 200, headers: Headers = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

/** Seconds after which another try makes sense, where the fault does not say. */
const usualRetryMs = 5_000;

/** What the head of a refusal says beside its status. */
export const headersOf = ({ status, retryAfterMs }: Fault): Headers => {
  if (status === 401) return { "www-authenticate": "Bearer" };
  if (retryAfterMs === undefined && status !== 503) return {};
  return { "retry-after": String(Math.max(1, Math.ceil((retryAfterMs ?? usualRetryMs) / 1_000))) };
};

export const refuse = (fault: Fault, headers: Headers = {}): Response => {
  const { message: error, code, hint, field, status } = fault;
  // `hint` and `field` are left out of the JSON where they are undefined.
  return ok({ success: false, error, code, hint, field }, status, { ...headersOf(fault), ...headers });
};
