/** What the platform answers instead of doing what it was asked. */

/**
 * Whose doing it is. `request`: nobody who knows the documentation sends this. `world`: the chat, person or message is
 * not as the bot believes. `injected`: the test wished it.
 */
export type Blame = "request" | "world" | "injected";

export type Parameters = { readonly retry_after?: number; readonly migrate_to_chat_id?: number };

export type Refusal = Error & { readonly code: number; readonly blame: Blame; readonly parameters?: Parameters };

const names: Readonly<Record<number, string>> = {
  400: "Bad Request: ",
  403: "Forbidden: ",
  409: "Conflict: ",
  413: "Request Entity Too Large",
  429: "Too Many Requests: ",
};

export const refusal = (code: number, text: string, blame: Blame, parameters?: Parameters): Refusal =>
  Object.assign(new Error((names[code] ?? "") + text), { code, blame, ...(parameters && { parameters }) });

export const isRefusal = (cause: unknown): cause is Refusal =>
  cause instanceof Error && "code" in cause && "blame" in cause;

/** The request is wrong. */
export const wrong = (text: string): Refusal => refusal(400, text, "request");

/** The request may be right, but what it is about is not there or not so. */
export const missing = (text: string): Refusal => refusal(400, text, "world");

export const forbidden = (text: string): Refusal => refusal(403, text, "world");

export const limited = (retryAfter: number, blame: Blame): Refusal =>
  refusal(429, `retry after ${retryAfter}`, blame, { retry_after: retryAfter });

export const bodyOf = (refused: Refusal) => ({
  ok: false,
  error_code: refused.code,
  description: refused.message,
  ...(refused.parameters && { parameters: refused.parameters }),
});
