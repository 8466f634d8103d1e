/** What a million old turns cost the claim of a new one. */
import type { ClaimsResult } from "../load/claims.ts";
import { runLoad } from "../program.ts";
import { amount, atMost, type Row } from "../table.ts";

export const claim = async (): Promise<readonly Row[]> => {
  const { empty, old } = await runLoad<ClaimsResult>("claims.ts", { oldTurns: 1_000_000, rounds: 2_000 });
  const beside = `${amount(old * 1_000)} µs, empty ${amount(empty * 1_000)} µs`;
  return [atMost("claim beside 1,000,000 old turns", old / empty, 1.5, "× an empty database", beside)];
};
