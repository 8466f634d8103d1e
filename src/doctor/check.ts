/** What the doctor looks at, and what it says about it. */
import type { Config } from "../config/config.ts";
import type { Running } from "./running.ts";

/** `skip`: it could not be checked, or there is nothing to check; nobody has to act. */
export type State = "ok" | "warn" | "fail" | "skip";

export type Finding = {
  readonly state: State;
  /** What was found, without secrets. */
  readonly text: string;
  /** What to do about it; warnings and failures have one. */
  readonly fix?: string;
};

export type Patient = {
  readonly config: Config;
  /** The version of this program. */
  readonly version: string;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** The server on the data directory; asked once for all checks. */
  readonly running: () => Promise<Running>;
};

export type Check = {
  /** Programs know it by this name; it does not change. */
  readonly name: string;
  /** May throw; what it did not finish when `abort` fires is given up. */
  run(patient: Patient, abort: AbortSignal): Promise<Finding>;
};

export const ok = (text: string): Finding => ({ state: "ok", text });
export const skip = (text: string): Finding => ({ state: "skip", text });
export const warn = (text: string, fix: string): Finding => ({ state: "warn", text, fix });
export const fail = (text: string, fix: string): Finding => ({ state: "fail", text, fix });

/** The system's word for what went wrong: `EACCES`. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
