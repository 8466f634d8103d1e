/** What the code of a failed request says about its connection. Imports nothing: whoever asks a server asks this. */

/** The code that Bun or the system gave an error; empty where there is none. Nothing else of it is safe to show. */
export const connectionCode = (error: unknown): string => {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
};

/**
 * Codes with which Bun says that no connection came about, so that no byte of a request left. `EPROTO` and `ETIMEDOUT`
 * are not among them: they appear in the middle of a request as well.
 */
const unconnected = new Set([
  "ECONNREFUSED",
  "ConnectionRefused",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "FailedToOpenSocket",
]);

export const neverConnected = (code: string): boolean => unconnected.has(code);

/** What is wrong with a certificate is found before the request is sent. */
export const isCertificate = (code: string): boolean =>
  /CERT|^UNABLE_TO_|^ERR_TLS_CERT_|^HOSTNAME_MISMATCH$|^INVALID_CA$/.test(code);
