/** What every answer says, whatever it is about: it is no page that may be framed, guessed at, leaked or kept. */

const always: readonly (readonly [name: string, value: string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["x-frame-options", "DENY"],
];
/** Unless the answer knows better, for example because it is a page. */
const usually: readonly (readonly [name: string, value: string])[] = [
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cache-control", "no-store"],
];
const yearSeconds = 31_536_000;

export const protect = (head: Headers): void => {
  for (const [name, value] of always) head.set(name, value);
  for (const [name, value] of usually) if (!head.has(name)) head.set(name, value);
};

/** Browsers that came over TLS never come without it again. */
export const insistOnTls = (head: Headers): void => {
  head.set("strict-transport-security", `max-age=${yearSeconds}`);
};
