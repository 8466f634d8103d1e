/** What the settings may be. Each message says what is right; who reports it says which setting, and where it came from. */
import { z } from "zod";
import { masterKeyMinChars } from "../crypto/keys.ts";
import { secret } from "../crypto/secret.ts";
import { logFormats, logLevels } from "../log.ts";

const text = (error: string) => z.string({ error }).trim().min(1, { error });

const digits = (value: unknown): unknown =>
  typeof value === "string" && /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : value;

const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(digits, z.int({ error }).min(min, { error }).max(max, { error }));
};

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.preprocess(
    (value) => (typeof value === "string" ? value.trim().toLowerCase() : value),
    z.enum(words, { error: `must be one of ${words.join(", ")}` }),
  );

/** A list, or one text with its items between these separators. */
const list = <Item extends z.ZodType>(item: Item, separator: RegExp) =>
  z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(separator).filter((part) => part.trim() !== "") : value),
      z.array(item, { error: "must be a list" }).readonly(),
    )
    .default([]);

const names = list(text("must be a list of texts that are not empty"), /,/);

// Keys travel in HTTP headers. Anything else is a copying mistake, and `fetch` would quote it in its error.
const key = (minChars: number) => {
  const error =
    minChars === 1
      ? "must be one word of printable ASCII characters"
      : `must be one word of at least ${minChars} printable ASCII characters; make one with: openssl rand -hex 32`;
  return text(error)
    .regex(/^[\x21-\x7e]*$/, { error })
    .min(minChars, { error })
    .transform(secret);
};

const masterKey = text("must be text")
  .min(masterKeyMinChars, {
    error: `must have at least ${masterKeyMinChars} characters each; make one with: openssl rand -hex 32`,
  })
  .transform(secret);

const webAddress = (error: string) =>
  text(error).transform((value, context) => {
    const url = URL.parse(value);
    const plain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === "";
    if (plain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, "");
    context.addIssue({ code: "custom", message: error });
    return z.NEVER;
  });

const host = text("must be an IP address or a host name")
  .regex(/^(\[[\da-f:.]+\]|[\da-f:.]+|[a-z\d]([a-z\d.-]*[a-z\d])?)$/i, {
    error: "must be an IP address or a host name",
  })
  .transform((value) => value.replace(/^\[(.*)\]$/, "$1"));

const group = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "must be a group of settings" : undefined),
  });

const dayMs = 24 * 60 * 60 * 1000;
const days = (fallback: number) => wholeNumber(1, 36_500).default(fallback);
const ms = (fallback: number) => wholeNumber(1, dayMs).default(fallback);

export const schema = group({
  /** The address to listen on. */
  host: host.default("127.0.0.1"),
  /** 0 lets the system choose. */
  port: wholeNumber(0, 65_535).default(8080),
  dataDir: text("must be the path of a directory")
    .regex(/^[^~]/, { error: "~ is not expanded here; write the path out" })
    .optional(),
  /** Where the world reaches this server, without a slash at the end. */
  publicUrl: webAddress("must be an address like https://lettabox.example.org, without user, query and #").optional(),
  /** Newest first. Without any, `master.key` in the data directory is used. */
  encryptionMasterKeys: list(masterKey, /[\s,]+/),
  /** A bootstrap admin token of the API. */
  apiKey: key(16).optional(),
  logLevel: oneOf(logLevels).default("info"),
  /** By default text on a terminal, else json. */
  logFormat: oneOf(logFormats).optional(),
  /** The house account. */
  letta: group({
    apiKey: key(1).optional(),
    /** Without `/v1` and without a slash at the end. */
    baseUrl: webAddress(
      "must be an address like http://localhost:8283, without user, query and #; a password goes into LETTA_API_KEY",
    )
      .transform((url) => url.replace(/\/v1$/, ""))
      .optional(),
    projectId: text("must be a project id").optional(),
    agentIds: names,
    agentNames: names,
    /** Ask the server to run turns in background mode; a self-hosted one needs Redis for it. */
    background: z.boolean({ error: "must be true or false" }).default(false),
  })
    .readonly()
    .prefault({}),
  limits: group({
    /** The longest message that the API accepts. */
    messageChars: wholeNumber(1, 10_000_000).default(10_000),
    /** The largest request body that the API accepts. */
    bodyBytes: wholeNumber(1024, 64 * 1024 * 1024).default(1024 * 1024),
    /** Turns of one API chat, person or group that run at a time. */
    runningPerChat: wholeNumber(1, 1000).default(4),
    /** The longest that a turn may take. */
    turnMs: ms(30 * 60 * 1000),
    /** How long a turn that the server does not take is tried again. */
    patienceMs: ms(10 * 60 * 1000),
    /** How long a stop waits for what still runs. */
    drainMs: ms(10_000),
    retentionDays: group({ payloads: days(30), files: days(14), deadLetters: days(90) })
      .readonly()
      .prefault({}),
  })
    .readonly()
    .prefault({}),
}).readonly();
