/** The crash rounds as rows of the table: which ones are wanted, what came of them, and their sum. */
import { lonePoints, ordeals } from "../../crash/points/all.ts";
import { type Played, playCrashRounds } from "../../crash/rounds.ts";
import { startLetta } from "./server.ts";
import type { Column, Outcome, Row } from "./table.ts";

export type CrashOptions = {
  readonly rounds: number;
  /** Whether the row of this title is wanted. */
  readonly isWanted: (title: string) => boolean;
  readonly print: (line: string) => void;
  /** Where the packages of a server that will be killed are, and who is to stop it. */
  readonly installation: (redis: boolean) => Promise<Parameters<typeof startLetta>[0]>;
};

type Told = Played & { readonly column: Column };

const titleOf = (point: string): string => `crash: ${point}`;

const isPassed = ({ finding }: Played): boolean => !(finding instanceof Error) && finding.complaints.length === 0;

const wordsOf = ({ finding }: Played): string =>
  finding instanceof Error ? (finding.stack ?? finding.message) : finding.complaints.join("\n");

export const createCrashRows = ({ rounds, isWanted, print, installation }: CrashOptions) => {
  const told: Told[] = [];
  const over = new AbortController();
  const wanted = <T extends { readonly name: string; readonly redis?: boolean }>(
    points: readonly T[],
    onRedis: boolean,
  ): readonly T[] => points.filter(({ name, redis = onRedis }) => redis === onRedis && isWanted(titleOf(name)));

  const play = async (column: Column, letta: string, which: "deadly" | "others"): Promise<void> => {
    const redis = column === "real + Redis";
    const isDeadly = which === "deadly";
    const points = isDeadly ? [] : wanted(lonePoints, redis);
    const struck = wanted(ordeals, redis).filter(({ strikes }) => (strikes === "connection") !== isDeadly);
    if (points.length + struck.length === 0) return;
    await playCrashRounds({
      letta,
      redis,
      rounds,
      points,
      ordeals: struck,
      startVictim: async () => startLetta(await installation(redis)),
      onPlayed: (played) => {
        told.push({ ...played, column });
        if (isPassed(played)) return;
        print(`FAILED on ${column}: ${titleOf(played.point)}, round ${played.round}\n${wordsOf(played)}\n`);
      },
      onKept: (dir) => print(`Data and logs of these crash rounds: ${dir}`),
      abort: over.signal,
    });
  };

  const rowOf = (point: string): Row => {
    const outcomes = new Map<Column, Outcome>();
    for (const played of told.filter((one) => one.point === point)) {
      if (outcomes.get(played.column) !== "failed") outcomes.set(played.column, isPassed(played) ? "passed" : "failed");
    }
    return { name: titleOf(point), outcomes };
  };

  return {
    /** Rounds in which only gateways are killed. */
    play: (column: Column, letta: string): Promise<void> => play(column, letta, "others"),
    /** Rounds for which a server of their own is killed: they wait long and work little. */
    playDeadly: (column: Column): Promise<void> => play(column, "", "deadly"),
    /** Ends what is under way. */
    stop: async (): Promise<void> => over.abort(new Error("stopped")),
    rows: (): readonly Row[] =>
      [...lonePoints, ...ordeals].map(({ name }) => rowOf(name)).filter(({ outcomes }) => outcomes.size > 0),
    counts: () => {
      const passed = told.filter(isPassed).length;
      return { passed, failed: told.length - passed };
    },
    /** One line per kind of server. */
    sums: (): readonly string[] =>
      [...new Set(told.map(({ column }) => column))].map((column) => {
        const mine = told.filter((one) => one.column === column);
        const findings = mine.flatMap(({ finding }) => (finding instanceof Error ? [] : finding));
        const broken = mine.length - findings.length;
        const count = (of: "lost" | "doubled" | "resent"): string =>
          `${findings.filter((finding) => finding[of]).length} ${of}`;
        const rest = broken === 0 ? "" : `, ${broken} without a verdict`;
        return `crash rounds: ${mine.length} rounds, ${count("lost")}, ${count("doubled")}, ${count("resent")}${rest} (${column})`;
      }),
  };
};
