import type { Database } from "bun:sqlite";

/** One row per model turn of a run: what it cost. */
export type Step = {
  readonly id: string;
  readonly run_id: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
};

export const stepsIn = (db: Database) => ({
  insert: (step: Step): void => {
    db.query("INSERT INTO steps (run, body) SELECT n, ?2 FROM runs WHERE id = ?1").run(
      step.run_id,
      JSON.stringify(step),
    );
  },

  list: (runId: string): readonly Step[] =>
    db
      .query<{ body: string }, [string]>(
        "SELECT body FROM steps WHERE run = (SELECT n FROM runs WHERE id = ?1) ORDER BY n",
      )
      .all(runId)
      .map(({ body }) => JSON.parse(body) as Step),
});
