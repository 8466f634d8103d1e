/**
 * The structured log. Redaction is by construction: an event is named by a literal, and only the fields listed here are
 * written, so message text and secrets have no way in. A fault is logged by its code, never by a message: causes quote
 * URLs, keys and what people wrote. One line per event, written synchronously, so that a crash loses none.
 */
import { writeSync } from "node:fs";
import { asFault, type Fault } from "./errors.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];
export const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

// To log something new, add its name here, and only if it can hold neither a secret nor what somebody wrote.
const ids = "owner person bot chat account agent conversation lane turn post run row token request boot";
const words = "channel state reason code kind mode method route signal version upstream host";
const numbers = "status attempts count rows bytes seq port pid ms delayMs retryAfterMs";

type Names<List extends string> = List extends `${infer Name} ${infer Rest}` ? Name | Names<Rest> : List;
type FieldName = Names<typeof ids> | Names<typeof words> | Names<typeof numbers>;

export type LogFields = {
  readonly [Name in FieldName]?: string | number | boolean | null | undefined;
} & {
  /** Anything thrown. */
  readonly fault?: unknown;
};

/** An event's name, for example `turn.ended`. The type refuses a `string` variable, so text cannot become a name. */
export type LogEvent = Lowercase<string>;

type Write = (event: LogEvent, fields?: LogFields) => void;
export type Log = {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  /** A log that adds these fields to each of its lines. */
  readonly child: (fields: LogFields) => Log;
};

/** The log as a whole. A new level counts for all its children too, from the next line on. */
export type RootLog = Log & { readonly level: () => LogLevel; readonly setLevel: (level: LogLevel) => void };

type Line = Record<string, string | number | boolean | readonly string[]>;

const allowed: ReadonlySet<string> = new Set(`${ids} ${words} ${numbers}`.split(" "));
const valueMaxChars = 120;

/** A value that cannot break its line or a terminal, and is too short for a message. */
const plain = (text: string): string =>
  text.length > valueMaxChars ? `[${text.length} characters]` : text.replace(/[\p{Cc}\u2028\u2029]/gu, "?");

const word = /^\w{1,40}$/;

/** The errors below a fault, outermost first, by name and the system's code: `TypeError`, `Error ECONNREFUSED`. */
const causesOf = (fault: Fault): string[] => {
  const causes: string[] = [];
  let cause: unknown = fault.cause;
  while (cause instanceof Error && causes.length < 5) {
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
    causes.push([cause.name, code].filter((part) => word.test(part)).join(" "));
    cause = cause.cause;
  }
  return causes;
};

/** Where an unexpected error was thrown: its innermost frames, without the message that the stack begins with. */
const framesOf = (error: unknown): string[] => {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const head = `${error.name}: ${error.message}`;
  if (!error.stack.startsWith(head)) return [];
  const frames = error.stack.slice(head.length).match(/^ {4}at .+$/gm) ?? [];
  return frames.slice(0, 4).map((frame) => plain(frame.slice(7).replaceAll(/\/?(?:[^\s/()]+\/)+/g, "")));
};

const describeFault = (thrown: unknown): Line => {
  const fault = asFault(thrown);
  const causes = causesOf(fault);
  const frames = fault.code === "internal" ? framesOf(fault.cause) : [];
  return {
    code: fault.code,
    ...(fault.hint !== undefined && { hint: fault.hint }),
    ...(fault.runId !== undefined && { run: plain(fault.runId) }),
    ...(causes.length > 0 && { causes }),
    ...(frames.length > 0 && { frames }),
  };
};

const describe = (fields: LogFields): Line => {
  const line: Line = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === "fault" && value !== undefined) Object.assign(line, describeFault(value));
    if (!allowed.has(name)) continue;
    if (typeof value === "string") line[name] = plain(value);
    if (typeof value === "number" || typeof value === "boolean") line[name] = value;
  }
  return line;
};

const quoted = (value: Line[string]): string => {
  const text = String(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
};

const asText = ({ time, level, event, ...fields }: Line): string =>
  [
    time,
    String(level).padEnd(5),
    event,
    ...Object.entries(fields).map(([name, value]) => `${name}=${quoted(value)}`),
  ].join(" ");

const stderr = (line: string): void => {
  try {
    writeSync(2, line);
  } catch {
    // Best effort: where nobody reads the log any more (EPIPE, EAGAIN), serving goes on.
  }
};

export type LogOptions = {
  /** The least severe level that is written, until another one is set. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Where each line goes, with its line feed. By default to standard error, so that standard output stays a command's own. */
  readonly sink?: (line: string) => void;
  readonly now?: () => number;
};

/** A log. Its functions never throw. */
export const createLog = ({ level: initial, format, sink = stderr, now = Date.now }: LogOptions): RootLog => {
  let level = initial;
  const render = format === "json" ? JSON.stringify : asText;
  const withFields = (inherited: Line): Log => {
    const at =
      (severity: LogLevel): Write =>
      (event, fields = {}) => {
        if (logLevels.indexOf(severity) < logLevels.indexOf(level)) return;
        const time = new Date(now()).toISOString();
        const line: Line = { time, level: severity, event: plain(event), ...inherited, ...describe(fields) };
        sink(`${render(line)}\n`);
      };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => withFields({ ...inherited, ...describe(fields) }),
    };
  };
  return {
    ...withFields({}),
    level: () => level,
    setLevel: (next) => {
      level = next;
    },
  };
};
