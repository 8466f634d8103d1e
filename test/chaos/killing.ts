/** The kills: one after the other at random moments, each followed by a look at what it hit and a restart at once. */
import { type Census, describeCensus, type Histogram } from "./census.ts";
import type { Random } from "./random.ts";
import type { Victim } from "./victim.ts";

/** How long after it was ready a process is killed, at the earliest and latest. */
export type Rhythm = { readonly earliestMs: number; readonly latestMs: number };

export const rhythms: Readonly<Record<"server" | "demo", Rhythm>> = {
  server: { earliestMs: 300, latestMs: 2_500 },
  // A run that dies with the demo takes lettabox a minute to give up: with less time between kills little would run.
  demo: { earliestMs: 1_000, latestMs: 6_000 },
};

/** So many of the kills come while the process is still starting. */
const earlyShare = 0.1;
const earlyMs = 250;

export const killAgain = async (deps: {
  readonly kills: number;
  readonly victim: Victim;
  readonly rhythm: Rhythm;
  readonly random: Random;
  readonly histogram: Histogram;
  readonly look: () => Census;
  readonly say: (line: string) => void;
  readonly abort: AbortSignal;
}): Promise<readonly number[]> => {
  const { kills, victim, rhythm, random, histogram, look, say, abort } = deps;
  const killedAt: number[] = [];
  for (let kill = 1; kill <= kills && !abort.aborted; kill++) {
    const early = kill > 1 && random.chance(earlyShare);
    if (!early) await Promise.race([victim.url(), victim.died]);
    const afterMs = early ? random.between(0, earlyMs) : random.between(rhythm.earliestMs, rhythm.latestMs);
    await Promise.race([Bun.sleep(afterMs), victim.died]);
    await victim.kill();
    killedAt.push(Date.now());
    const census = look();
    victim.start();
    histogram.add(census);
    const moment = `${String(afterMs).padStart(4)} ms after it ${early ? "began" : "was ready"}`;
    say(`kill ${String(kill).padStart(3)}/${kills}  ${moment}: ${describeCensus(census)}`);
  }
  return killedAt;
};
