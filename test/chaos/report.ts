/** What is printed at the end. */
import type { Histogram } from "./census.ts";
import { begunParts, outboxStates, turnStates } from "./census.ts";
import type { Evidence } from "./evidence.ts";
import type { Verdict } from "./verdict.ts";
import type { Way } from "./exchange.ts";

const shownFailures = 10;
const barLength = 40;

export const histogramLines = (histogram: Histogram, kills: number): readonly string[] =>
  histogram.states().map((state) => {
    const { kills: hit, rows } = histogram.hits(state);
    const bar = "#".repeat(Math.round((hit / Math.max(kills, 1)) * barLength));
    return `  ${state.padEnd(16)} ${String(hit).padStart(4)} kills ${String(rows).padStart(6)} rows  ${bar}`;
  });

export const totalLines = (evidence: Evidence): readonly string[] => {
  const { exchanges, turns, posted, taken, markedParts, sentAgain, decisions, messages } = evidence;
  const ways = (["json", "sse", "async", "webhook"] as const satisfies readonly Way[])
    .map((way) => `${way} ${exchanges.filter((one) => one.way === way).length}`)
    .join(", ");
  const failed = exchanges.filter((one) => one.outcome?.kind === "failed").length;
  const copies = taken.length - new Set(taken.map((part) => part.sendKey)).size;
  return [
    `  messages             ${exchanges.length} (${ways}), ${failed} of them failed`,
    `  requests broken off  ${exchanges.reduce((sum, one) => sum + one.cuts, 0)}`,
    `  turns                ${turns.length}, ${turns.filter((turn) => turn.resent).length} of them resent`,
    `  posts to the agent   ${posted.length}, ${posted.filter((post) => post.run_id === null).length} of them refused`,
    `  tool calls decided   ${decisions.length}`,
    `  messages taken       ${taken.length}, ${copies} of them copies; ${markedParts} rows marked ambiguous, ${sentAgain} sent again by hand`,
    `  previews left over   ${messages.filter((message) => message.preview).length}`,
  ];
};

export const verdictLines = (verdicts: readonly Verdict[]): readonly string[] =>
  verdicts.flatMap(({ check, passed, failures }) => [
    `  ${failures.length === 0 ? "ok  " : "FAIL"} ${check}: ${passed} passed, ${failures.length} failed`,
    ...failures.slice(0, shownFailures).map((failure) => `         ${failure}`),
    ...(failures.length > shownFailures ? [`         and ${failures.length - shownFailures} more`] : []),
  ]);

/** A run of so many kills has to hit every state. */
const longRun = 100;
const leastHits = 5;

/** In a long run each state that is no end was hit often enough: those of the outbox where people are in chats. */
export const coverage = (
  histogram: Histogram,
  kills: number,
  { withPeople, plain }: { readonly withPeople: boolean; readonly plain: boolean },
): Verdict => {
  const all = [...turnStates, ...(withPeople ? outboxStates : []), ...(plain ? [begunParts] : [])];
  const states = kills < longRun ? [] : all;
  const failures = states.filter((state) => histogram.hits(state).kills < leastHits);
  return {
    check: `was hit at least ${leastHits} times, in runs of ${longRun} kills and more`,
    passed: states.length - failures.length,
    failures,
  };
};
