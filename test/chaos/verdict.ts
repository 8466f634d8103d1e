/** What a check says: how many of the things it looked at are right, and which are not. */
import { tokensIn } from "./exchange.ts";

/** Each failure names what it is about. */
export type Verdict = { readonly check: string; readonly passed: number; readonly failures: readonly string[] };

/** Asks about each subject what is wrong with it; undefined is nothing. */
export const verdict = <T>(
  check: string,
  subjects: readonly T[],
  complain: (subject: T) => string | undefined,
): Verdict => {
  const failures = subjects.flatMap((subject) => complain(subject) ?? []);
  return { check, passed: subjects.length - failures.length, failures };
};

export const times = (count: number): string => `${count} ${count === 1 ? "time" : "times"}`;

/** By token, the things whose text holds it. */
export const byToken = <T>(things: readonly T[], textOf: (thing: T) => string): ReadonlyMap<string, readonly T[]> => {
  const found = new Map<string, T[]>();
  for (const thing of things) {
    for (const token of new Set(tokensIn(textOf(thing)))) found.set(token, [...(found.get(token) ?? []), thing]);
  }
  return found;
};
