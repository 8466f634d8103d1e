/**
 * Whether a request comes from Telegram. It signs nothing: it repeats the secret that it was given with the webhook's
 * address, so a request's body and age are not proven, and each update is taken once by its number.
 */
import { sameSecret } from "../../crypto/compare.ts";
import { Fault } from "../../errors.ts";

const header = "x-telegram-bot-api-secret-token";

/** Throws `unauthorized`. */
export const verify = (request: Request, secret: string): void => {
  const given = request.headers.get(header);
  if (secret === "" || given === null || !sameSecret(given, secret)) throw new Fault("unauthorized");
};
