/** Which chat a request belongs to, by what front ends say of it. */
import { readName } from "../chat-request.ts";

export type CallerChat = {
  /** Undefined when nothing says which chat it is. */
  readonly name: string | undefined;
  /** The front end sends the whole history with every message, and is known by its headers. */
  readonly whole: boolean;
  /** Whoever speaks, as the front end calls them. */
  readonly speaker: string | undefined;
};

/** What a front end leaves of a template that it does not know, and of one it has nothing for. */
const isBlank = (value: string): boolean => value.trim() === "" || /\{\{.*\}\}/.test(value);

/** What a header says; undefined when it says nothing. */
export const saidIn = (headers: Headers, name: string): string | undefined => {
  const value = headers.get(name) ?? "";
  return isBlank(value) ? undefined : value;
};

/** Open WebUI writes the names of its users percent-encoded; what cannot be decoded stands as it is. */
const decode = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** Open WebUI's headers begin so, and it sends whole histories. */
const openWebui = "x-openwebui-";
const longestName = 128;

/** By the first of `headerNames` that says something, then by the body's `user`. Throws `bad_request`. */
export const readCallerChat = (headers: Headers, user: unknown, headerNames: readonly string[]): CallerChat => {
  const header = headerNames.find((name) => saidIn(headers, name) !== undefined);
  const field = header ?? "user";
  const named = header === undefined ? user : saidIn(headers, header);
  const speaker = saidIn(headers, `${openWebui}user-name`);
  return {
    // Clients that have no user may send an empty one.
    name: named === "" ? undefined : readName({ [field]: named }, field, longestName),
    whole: [...headers.keys()].some((name) => name.startsWith(openWebui)),
    speaker: speaker && decode(speaker).slice(0, longestName).toWellFormed(),
  };
};
