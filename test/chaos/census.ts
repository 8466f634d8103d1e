/** Where a kill hit: the states of what was not finished, read from the database afterwards and only for this count. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Rows by `<table> <state>`, for example `turn running`. */
export type Census = Readonly<Record<string, number>>;

/** The states that are no end. */
export const turnStates = ["turn queued", "turn running", "turn waiting", "turn uncertain"] as const;
export const outboxStates = ["outbox pending", "outbox sending"] as const;

/** Parts of which the platform has a beginning. They are among the others, too. */
export const begunParts = "outbox begun";

const query = `
SELECT 'turn ' || state AS state, count(*) AS n FROM turns WHERE finished_at IS NULL GROUP BY 1
UNION ALL
SELECT 'outbox ' || state, count(*) FROM outbox WHERE finished_at IS NULL GROUP BY 1
UNION ALL
SELECT '${begunParts}', count(*) FROM outbox WHERE finished_at IS NULL AND rest IS NOT NULL HAVING count(*) > 0`;

const read = <T>(dataDir: string, otherwise: T, work: (db: Database) => T): T => {
  const path = join(dataDir, "lettabox.sqlite");
  if (!existsSync(path)) return otherwise;
  const db = new Database(path, { readonly: true });
  try {
    db.run("PRAGMA busy_timeout = 5000");
    return work(db);
  } finally {
    db.close();
  }
};

export const takeCensus = (dataDir: string): Census =>
  read<Census>(dataDir, {}, (db) => {
    // A process that was killed in its first milliseconds had not made the tables.
    if (!db.query("SELECT 1 FROM sqlite_schema WHERE name = 'outbox'").get()) return {};
    const rows = db.query<{ state: string; n: number }, []>(query).all();
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  });

/** A part for which lettabox owns up to a possible copy. */
export type Ambiguous = { readonly key: string; readonly text: string };

export const ambiguousParts = (dataDir: string): readonly Ambiguous[] =>
  read<readonly Ambiguous[]>(dataDir, [], (db) =>
    db
      .query<{ key: string; part: string | null }, []>("SELECT send_key AS key, part FROM outbox WHERE ambiguous")
      .all()
      .map(({ key, part }) => ({ key, text: (JSON.parse(part ?? "{}") as { readonly text?: string }).text ?? "" })),
  );

export const describeCensus = (census: Census): string =>
  Object.entries(census)
    .map(([state, n]) => `${state} ${n}`)
    .join(", ") || "nothing open";

export type Histogram = {
  add(census: Census): void;
  /** How many kills met at least one row in this state, and how many rows all of them met. */
  hits(state: string): { readonly kills: number; readonly rows: number };
  readonly states: () => readonly string[];
};

export const createHistogram = (): Histogram => {
  const seen: Census[] = [];
  const idle = "nothing open";
  return {
    add: (census) => seen.push(Object.keys(census).length === 0 ? { [idle]: 0 } : census),
    hits: (state) => {
      const counts = seen.flatMap((census) => census[state] ?? []);
      return { kills: counts.length, rows: counts.reduce((sum, n) => sum + n, 0) };
    },
    states: () => [...new Set([...turnStates, ...outboxStates, ...seen.flatMap((census) => Object.keys(census))])],
  };
};
