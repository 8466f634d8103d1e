import type { Failure } from "./outcome.ts";

/** What the server makes of its model provider's HTTP status. Streams know fewer types than JSON answers do. */

type Meaning = {
  readonly stream: Failure["errorType"];
  readonly json: { readonly status: number; readonly type: string };
  readonly message: string;
  /** Before the provider's own words. */
  readonly detail: string;
};

const failedRequest = "An error occurred with the LLM request.";

const meanings: Readonly<Record<number, Meaning>> = {
  400: {
    stream: "llm_error",
    json: { status: 400, type: "llm_bad_request" },
    message: "The request to the LLM model provider was invalid.",
    detail: "INVALID_ARGUMENT: Bad request to OpenAI-compatible endpoint",
  },
  401: {
    stream: "llm_authentication",
    json: { status: 401, type: "llm_authentication" },
    message: "Authentication failed with the LLM model provider.",
    detail: "UNAUTHENTICATED: Authentication failed with OpenAI",
  },
  402: {
    stream: "llm_error",
    json: { status: 402, type: "llm_insufficient_credits" },
    message: "Insufficient credits for LLM request. Please check your account.",
    detail: "PAYMENT_REQUIRED: Insufficient credits",
  },
  429: {
    stream: "llm_rate_limit",
    json: { status: 429, type: "llm_rate_limit" },
    message: "Rate limit exceeded for LLM model provider. Please wait before making another request.",
    detail: "RATE_LIMIT_EXCEEDED: Rate limited by OpenAI",
  },
};

const other: Meaning = {
  stream: "llm_error",
  json: { status: 500, type: "llm_error" },
  message: failedRequest,
  detail: "INTERNAL_SERVER_ERROR: OpenAI API error",
};

export const providerFailed = (status: number, words: string): Failure => {
  const meaning = meanings[status] ?? other;
  const detail = `${meaning.detail}: Error code: ${status} - ${words}`;
  const { type } = meaning.json;
  return {
    kind: "failure",
    stopReason: "llm_api_error",
    errorType: meaning.stream,
    message: meaning.stream === "llm_error" ? failedRequest : meaning.message,
    detail,
    json: { status: meaning.json.status, body: { error: { type, message: meaning.message, detail } } },
    inMidStream: false,
  };
};

/** The connection to the provider breaks when the answer has begun. */
export const providerBroke: Failure = (() => {
  const detail =
    "INTERNAL_SERVER_ERROR: Connection error during OpenAI streaming: peer closed connection without sending complete message body (incomplete chunked read)";
  return {
    kind: "failure",
    stopReason: "llm_api_error",
    errorType: "internal_error",
    message: "An error occurred during agent execution.",
    detail,
    json: { status: 500, body: { detail: "An unknown error occurred" } },
    inMidStream: true,
  };
})();
