/** What values may be. Each message says what is right; who reports it says which setting, and where it came from. */
import { isIP } from "node:net";
import { z } from "zod";
import { secret } from "../crypto/secret.ts";

export const isLoopback = (host: string): boolean =>
  /^(localhost|\[?(::1|(::ffff:)?127\.\d+\.\d+\.\d+)\]?)$/i.test(host.trim());

export const text = (error: string) => z.string({ error }).trim().min(1, { error });

const digits = (value: unknown): unknown =>
  typeof value === "string" && /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : value;

/** The server cuts connections at 128 MiB (`http/listen.ts`); what a route answers has to be less. */
export const mostBodyBytes = 120 * 1024 * 1024;

export const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(digits, z.int({ error }).min(min, { error }).max(max, { error }));
};

export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.trim().toLowerCase() : value),
    z.enum(words, { error: `must be one of ${words.join(", ")}` }),
  );

export const yesOrNo = z.boolean({ error: "must be true or false" });

/** A list, or one text with its items between these separators. */
export const list = <Item extends z.ZodType>(item: Item, separator: RegExp) =>
  z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(separator).filter((part) => part.trim() !== "") : value),
      z.array(item, { error: "must be a list" }).readonly(),
    )
    .default([]);

export const names = () => list(text("must be a list of texts that are not empty"), /,/);

const printable = /^[\x21-\x7e]*$/;

// Keys travel in HTTP headers. Anything else is a copying mistake, and `fetch` would quote it in its error.
export const key = (minChars = 1) => {
  const error =
    minChars === 1
      ? "must be one word of printable ASCII characters"
      : `must be one word of at least ${minChars} printable ASCII characters; make one with: openssl rand -hex 32`;
  return text(error).regex(printable, { error }).min(minChars, { error }).transform(secret);
};

/** Something long that never leaves this machine. */
export const passphrase = (minChars: number) =>
  text("must be text")
    .min(minChars, { error: `must have at least ${minChars} characters each; make one with: openssl rand -hex 32` })
    .transform(secret);

/** An http address, without a slash at the end. */
export const webAddress = (error: string) =>
  text(error).transform((value, context) => {
    const url = URL.parse(value);
    const plain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === "";
    if (plain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, "");
    context.addIssue({ code: "custom", message: error });
    return z.NEVER;
  });

/** Where a platform is reached. Tokens travel there, so plain http is for a double on this machine. */
export const apiRoot = webAddress("must be an address like https://api.example.org, without user, query and #").refine(
  (url) => url.startsWith("https:") || isLoopback(URL.parse(url)?.hostname ?? ""),
  { error: "must begin with https://; http:// is for 127.0.0.1, ::1 and localhost" },
);

export const host = text("must be an IP address or a host name")
  .regex(/^(\[[\da-fA-F:.]+\]|[\da-fA-F:.]+|[a-zA-Z\d]([a-zA-Z\d.-]*[a-zA-Z\d])?)$/, {
    error: "must be an IP address or a host name",
  })
  .transform((value) => value.replace(/^\[(.*)\]$/, "$1"));

export const hostName = text("must be a host name without port, like lettabox.example.org")
  .regex(/^[a-zA-Z\d]([a-zA-Z\d.-]*[a-zA-Z\d])?$/, {
    error: "must be a host name without port, like lettabox.example.org",
  })
  .transform((name) => name.toLowerCase());

const notAPlace = "must be an address and a port, like 127.0.0.1:9464";

/** Where to listen: address and port in one. */
export const place = text(notAPlace)
  .regex(/^(\[[\da-fA-F:.]+\]|[a-zA-Z\d]([a-zA-Z\d.-]*[a-zA-Z\d])?):\d{1,5}$/, { error: notAPlace })
  .refine((value) => Number(value.slice(value.lastIndexOf(":") + 1)) <= 65_535, { error: notAPlace });

/** An address, or a network as address and prefix. */
export const network = text("must be an address, or a network like 10.0.0.0/8").refine(
  (value) => {
    const [address = "", prefix, more] = value.split("/");
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (bits < 0 || address.includes("%") || more !== undefined) return false;
    return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  },
  { error: "must be an address, or a network like 10.0.0.0/8" },
);

/** An origin as browsers write it, or `*` for all. */
export const origin = text("must be an origin like https://app.example.org, without path").regex(
  /^(\*|[a-z][a-z\d+.-]*:\/\/[^\s/?#@A-Z]+)$/,
  { error: "must be an origin like https://app.example.org, in lower case and without path" },
);

export const directory = text("must be the path of a directory").regex(/^[^~]/, {
  error: "~ is not expanded here; write the path out",
});

export const group = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "must be a group of settings" : undefined),
  });

const dayMs = 24 * 60 * 60 * 1000;
export const days = (fallback: number) => wholeNumber(1, 36_500).default(fallback);
export const ms = (fallback: number) => wholeNumber(1, dayMs).default(fallback);
