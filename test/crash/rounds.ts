/**
 * All crash rounds on one kind of server: those that kill a gateway of their own are worked off by a few stands, and
 * beside them run the ordeals, where whatever is killed for many belongs to a server of its own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LettaServer } from "../support/letta/server.ts";
import type { Finding } from "./judge.ts";
import { begin, end, killLetta, killRedis, stall, type Strike } from "./ordeal.ts";
import type { LonePoint, Ordeal } from "./point.ts";
import { playRound } from "./round.ts";
import { type Stand, startStand, type Timing } from "./stand.ts";

export type Played = {
  readonly point: string;
  readonly round: number;
  /** An error is a round that came to no verdict. */
  readonly finding: Finding | Error;
};

export type CrashOptions = {
  /** The address of a server on which only gateways are killed. */
  readonly letta: string;
  readonly redis: boolean;
  /** Starts another server, which will be killed. */
  readonly startVictim: () => Promise<LettaServer>;
  readonly rounds: number;
  readonly points: readonly LonePoint[];
  readonly ordeals: readonly Ordeal[];
  readonly onPlayed: (played: Played) => void;
  /** Rounds went wrong: their data and logs are here. */
  readonly onKept: (dir: string) => void;
  readonly abort: AbortSignal;
};

/** Stands that work off the rounds beside each other; they wait more than they work. */
const standsPerMode = 3;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

export const playCrashRounds = async (options: CrashOptions): Promise<void> => {
  const { letta, redis, rounds, onPlayed, abort } = options;
  const dir = mkdtempSync(join(tmpdir(), "lettabox-crash-"));
  const stands = new Set<Stand>();
  let hasFailed = false;

  /** With Redis one half of the rounds is posted in the background. */
  const modes = redis ? ([false, true] as const) : ([false] as const);

  const open = async (url: string, background: boolean, timing: Timing = {}): Promise<Stand> => {
    const stand = await startStand({ letta: url, background, timing, dir, abort });
    stands.add(stand);
    return stand;
  };
  const close = async (stand: Stand): Promise<void> => {
    stands.delete(stand);
    await stand.end();
  };
  abort.addEventListener("abort", () => {
    for (const stand of stands) void stand.end();
  });
  const note = (played: Played): void => {
    if (abort.aborted) return;
    hasFailed ||= played.finding instanceof Error || played.finding.complaints.length > 0;
    onPlayed(played);
  };

  /** One stand after the other, as long as there is work; a round that went wrong leaves its stand to nobody. */
  const workOff = async (jobs: (readonly [LonePoint, number])[], background: boolean): Promise<void> => {
    let stand: Stand | undefined;
    for (let job = jobs.shift(); job && !abort.aborted; job = jobs.shift()) {
      const [point, round] = job;
      try {
        stand ??= await open(letta, background);
        const finding = await playRound(point, round, stand);
        note({ point: point.name, round, finding });
        if (finding.complaints.length === 0) continue;
      } catch (error) {
        note({ point: point.name, round, finding: asError(error) });
      }
      if (stand) await close(stand);
      stand = undefined;
    }
    if (stand) await close(stand);
  };

  const playLone = (): Promise<unknown> =>
    Promise.all(
      modes.flatMap((background, mode) => {
        const jobs = options.points
          .toSorted((one, other) => Number(other.slow ?? false) - Number(one.slow ?? false))
          .flatMap((point) => Array.from({ length: rounds }, (_, index) => [point, index + 1] as const))
          .filter(([, round]) => round % modes.length === mode % modes.length);
        return Array.from({ length: standsPerMode * (redis ? 1 : 2) }, () => workOff(jobs, background));
      }),
    );

  /** Plays ordeals beside each other: all of them are struck at once. */
  const playOrdeals = async (strikes: Ordeal["strikes"], url: string, strike: Strike): Promise<void> => {
    const which = options.ordeals.filter((ordeal) => ordeal.strikes === strikes);
    if (which.length === 0) return;
    const mine: Stand[] = [];
    const openFor = async (ordeal: Ordeal) => {
      const [first, ...more] = modes;
      const own = [await open(url, first, ordeal.timing)] as [Stand, ...Stand[]];
      for (const background of more) own.push(await open(url, background, ordeal.timing));
      mine.push(...own);
      return { ordeal, own };
    };
    try {
      const ready = await Promise.all(which.map(openFor));
      const plays = await strike(() => ready.map(({ ordeal, own }) => begin(ordeal, rounds, own)));
      await Promise.all(
        plays.map(async (play) => {
          for (const [index, finding] of (await end(play)).entries()) {
            note({ point: play.ordeal.name, round: index + 1, finding });
          }
        }),
      );
    } catch (error) {
      for (const { name } of which) note({ point: name, round: 0, finding: asError(error) });
    } finally {
      await Promise.all(mine.map(close));
    }
  };

  const playOnVictim = async (): Promise<void> => {
    const deadly = options.ordeals.filter(({ strikes }) => strikes !== "connection");
    if (deadly.length === 0) return;
    let server: LettaServer | undefined;
    try {
      server = await options.startVictim();
      await playOrdeals("redis", server.url, killRedis(server));
      await playOrdeals("letta", server.url, killLetta(server));
    } catch (error) {
      for (const { name } of deadly) note({ point: name, round: 0, finding: asError(error) });
    } finally {
      await server?.stop();
    }
  };

  try {
    await Promise.all([playLone(), playOrdeals("connection", letta, stall), playOnVictim()]);
  } finally {
    await Promise.all([...stands].map(close));
    if (hasFailed) options.onKept(dir);
    else rmSync(dir, { recursive: true, force: true });
  }
};
