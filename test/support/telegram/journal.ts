/** Everything that bots asked for, what they got, and what of it was wrong. Tokens and secrets are not in it. */
import type { Clock } from "./clock.ts";
import type { Blame } from "./refusal.ts";

export type Logged = {
  readonly at: number;
  readonly bot: number;
  readonly method: string;
  readonly chat: number | undefined;
  readonly args: Readonly<Record<string, unknown>>;
  /** Files that came with it. */
  readonly files: readonly { readonly name: string; readonly mime: string; readonly size: number }[];
  /** What was answered; nothing where the connection was cut, or while it is not yet. */
  status: number | undefined;
  description: string | undefined;
  /** The kind of the injected fault that struck it. */
  fault: string | undefined;
  /** Whether it did what was asked, whatever the bot learned of it. */
  wasDone: boolean;
  /** Sent although a limit told to wait. */
  early: boolean;
};

export type Refused = {
  readonly at: number;
  readonly method: string;
  readonly chat: number | undefined;
  readonly code: number;
  readonly description: string;
  readonly blame: Blame;
};

export type Violation = { readonly at: number; readonly method: string; readonly what: string };

export const createJournal = (clock: Clock) => {
  const log: Logged[] = [];
  const refused: Refused[] = [];
  const violations: Violation[] = [];
  return {
    enter: (entry: Pick<Logged, "bot" | "method" | "chat" | "args" | "files">): Logged => {
      const outcome = { status: undefined, description: undefined, fault: undefined, wasDone: false, early: false };
      const logged = { ...entry, at: clock.now(), ...outcome };
      log.push(logged);
      return logged;
    },
    refuse: (one: Omit<Refused, "at">): void => {
      refused.push({ ...one, at: clock.now() });
      if (one.blame === "request") violations.push({ at: clock.now(), method: one.method, what: one.description });
    },
    complain: (method: string, what: string): void => {
      violations.push({ at: clock.now(), method, what });
    },
    log: (): readonly Logged[] => log,
    refused: (): readonly Refused[] => refused,
    violations: (): readonly Violation[] => violations,
  };
};

export type Journal = ReturnType<typeof createJournal>;

/** Arguments as they may be shown: without the bot's token and its webhook's secret. */
export const withoutSecrets = (args: Readonly<Record<string, unknown>>, token: string) => {
  const shown = JSON.parse(JSON.stringify(args).replaceAll(token, "<token>")) as Record<string, unknown>;
  return "secret_token" in shown ? { ...shown, secret_token: "<secret>" } : shown;
};
