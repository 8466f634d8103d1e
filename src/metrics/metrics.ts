/**
 * What is counted since the process started. Each is told where the thing happens, after it is certain. Labels are words
 * of the program or slugs of bots, so that there are never many; people, chats, tokens and agents are no labels.
 */
import { createSeries } from "./series.ts";

export type EndOfTurn = {
  readonly trigger: string;
  readonly outcome: string;
  /** Of the fault, where it failed. */
  readonly code: string | undefined;
  /** Since it was accepted. */
  readonly ms: number;
};

/** What an attempt to send a part came to. `copied`: nobody saw the answer, and it is sent once more. */
export type SendOutcome = "sent" | "retried" | "copied" | "ambiguous" | "dead";

export type Metrics = {
  /** Events came in by this bot (`api` for requests), and this became of them; `failed` could not be stored. */
  received(bot: string, outcome: string, count?: number): void;
  /** How long the commit took that accepted events. */
  committed(ms: number): void;
  ended(turn: EndOfTurn): void;
  /** A turn went back to its place, for this reason. */
  retried(code: string): void;
  /** A message that had left without a trace was posted once more. */
  resent(): void;
  /** The Letta server answered a call of the port, or failed with `code`. Of a stream it is the first frame. */
  asked(call: string, ms: number, code?: string): void;
  /** A platform answered an attempt to send. */
  attempted(bot: string, ms: number): void;
  /** What was stored about a part. */
  settled(bot: string, outcome: SendOutcome): void;
  /** All of it as Prometheus reads it. */
  write(): string;
};

const storageMs = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000];
const networkMs = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];
const turnMs = [10, 100, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000];

/** `bots` are slugs. */
export const createMetrics = (bots: readonly string[]): Metrics => {
  const series = createSeries();
  const { counter, histogram } = series;
  const events = counter("lettabox_events_total", "Events that came in, by what became of them.");
  const intake = histogram("lettabox_intake_seconds", "Commits that accepted events.", storageMs);
  const turns = counter("lettabox_turns_total", "Turns that ended.");
  const failures = counter("lettabox_turn_failures_total", "Turns that failed, by the code of the error.");
  const durations = histogram("lettabox_turn_seconds", "Turns, from acceptance to their end.", turnMs);
  const retries = counter("lettabox_turn_retries_total", "Attempts that failed before anything ran, by the reason.");
  const resends = counter(
    "lettabox_turns_resent_total",
    "Messages posted once more because the first post left no trace.",
  );
  const calls = histogram(
    "lettabox_upstream_seconds",
    "Answers of the Letta server; of a stream, its first frame.",
    networkMs,
  );
  const refusals = counter(
    "lettabox_upstream_failures_total",
    "Calls of the Letta server that failed, by the code of the error.",
  );
  const sends = histogram("lettabox_send_seconds", "Answers of platforms to attempts to send.", networkMs);
  const parts = counter("lettabox_sends_total", "Attempts to send, by what they came to.");
  // What nobody wants to see begins at 0: to Prometheus the first sample of a series is no increase.
  for (const bot of bots) {
    events.add({ bot, outcome: "failed" }, 0);
    for (const outcome of ["ambiguous", "dead"]) parts.add({ bot, outcome }, 0);
  }
  resends.add({}, 0);
  return {
    received: (bot, outcome, count = 1) => events.add({ bot, outcome }, count),
    committed: (ms) => intake.observe(ms),
    ended: ({ trigger, outcome, code, ms }) => {
      turns.add({ trigger, outcome });
      durations.observe(ms, { trigger });
      if (code !== undefined) failures.add({ code });
    },
    retried: (code) => retries.add({ code }),
    resent: () => resends.add(),
    asked: (call, ms, code) => {
      calls.observe(ms, { call });
      if (code !== undefined) refusals.add({ call, code });
    },
    attempted: (bot, ms) => sends.observe(ms, { bot }),
    settled: (bot, outcome) => parts.add({ bot, outcome }),
    write: series.write,
  };
};
