import { APIConnectionError, APIError, APIUserAbortError } from "@letta-ai/letta-client";
import { connectionCode, isCertificate, neverConnected } from "../connection.ts";
import { Fault } from "../errors.ts";
import { faultFromRejection, type Purpose, type Rejection } from "./rejection.ts";

/** A read may be repeated, whatever became of it. */
const cutRead = () => new Fault("letta_overloaded", { message: "The connection to Letta was cut." });

const faultFromConnection = (error: unknown, purpose: Purpose): Fault => {
  const code = connectionCode(error);
  if (isCertificate(code))
    return new Fault("letta_unreachable", {
      message: "Letta cannot be reached: its certificate is not valid.",
      hint: `The certificate check failed with ${code}.`,
    });
  if (neverConnected(code)) return new Fault("letta_unreachable");
  if (purpose !== "read") return new Fault("letta_cut");
  if (code === "EPROTO")
    return new Fault("letta_unreachable", {
      hint: "The server may not speak TLS on this port: try http instead of https.",
    });
  return cutRead();
};

/** A thrown thing of the SDK as the answer with an error status that it stands for, if it is one. */
export const rejectionOf = (error: unknown): Rejection | undefined =>
  error instanceof APIError && typeof error.status === "number"
    ? { status: error.status, body: error.error, headers: error.headers }
    : undefined;

/**
 * What a failed request means, as a `Fault`. The SDK wraps what its `fetch` throws into an `APIConnectionError`; what
 * breaks later comes as it is.
 */
export const faultFrom = (error: unknown, purpose: Purpose): Fault => {
  if (error instanceof Fault) return error.code === "letta_cut" && purpose === "read" ? cutRead() : error;
  const rejection = rejectionOf(error);
  if (rejection) return faultFromRejection(rejection, purpose);
  if (error instanceof APIUserAbortError) return faultFromConnection(undefined, purpose);
  if (error instanceof APIConnectionError) {
    const { cause } = error;
    return cause instanceof Fault ? faultFrom(cause, purpose) : faultFromConnection(cause, purpose);
  }
  return faultFromConnection(error, purpose);
};
