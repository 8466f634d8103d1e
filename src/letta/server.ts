/** Which server an address means. */
import { Fault } from "../errors.ts";

const invalid = (message: string) =>
  new Fault("config_invalid", { message, hint: "Give the address of the Letta server, like https://api.letta.com." });

/**
 * The identity of a Letta server: its base URL with a lower-case host, without default port, trailing slash, query and
 * the `/v1` with which all routes begin. Throws `config_invalid` for anything but a plain http or https URL.
 */
export const normaliseServer = (baseUrl: string): string => {
  const url = URL.parse(baseUrl.trim());
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw invalid("The address of the Letta server is not an http or https URL.");
  // A base URL is logged and shown; credentials in it would be, too.
  if (url.username || url.password) throw invalid("The address of the Letta server must not contain credentials.");
  return url.origin + url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
};
