/**
 * The writer: a Worker that owns the only writing connection, so that waiting for the disk never stops the event loop
 * that relays tokens. It gets batches of named writes and commits each batch as one transaction: that is the group commit.
 */
import { type Db, openForWriting } from "./db.ts";
import { type WriteName, writes } from "./writes.ts";

export type WriteRequest = { readonly name: WriteName; readonly args: unknown };
export type WriteResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

export type ToWriter =
  | { readonly type: "open"; readonly path: string }
  | { readonly type: "batch"; readonly requests: readonly WriteRequest[] }
  | { readonly type: "close" };
export type FromWriter =
  { readonly type: "opened" | "closed" } | { readonly type: "results"; readonly results: readonly WriteResult[] };

declare const self: Worker;

const failure = (error: unknown): WriteResult => ({
  ok: false,
  code: String((error as { code?: unknown } | null)?.code ?? "ERROR"),
  message: error instanceof Error ? error.message : String(error),
});

/** Runs one write as a part of the transaction that is open. */
const runOne = (db: Db, { name, args }: WriteRequest): WriteResult =>
  // The name types the arguments on the caller's side (`Writes`); here they are just handed on.
  ({ ok: true, value: (writes[name] as (db: Db, args: unknown) => unknown)(db, args) });

/** The same in a savepoint of its own, so that what fails, fails alone. */
const runApart = (db: Db, request: WriteRequest): WriteResult => {
  const sqlite = db.$client;
  sqlite.run("SAVEPOINT one");
  try {
    const result = runOne(db, request);
    sqlite.run("RELEASE one");
    return result;
  } catch (error) {
    // A full disk rolls the whole transaction back by itself; then there is no savepoint left.
    if (sqlite.inTransaction) {
      sqlite.run("ROLLBACK TO one");
      sqlite.run("RELEASE one");
    }
    return failure(error);
  }
};

type Outcome = readonly WriteResult[] | { readonly failed: WriteResult; readonly begun: boolean };

/** Commits all of them or none; `begun` says whether it came as far as trying. */
const runTogether = (db: Db, requests: readonly WriteRequest[], run: typeof runOne): Outcome => {
  const sqlite = db.$client;
  let begun = false;
  try {
    sqlite.run("BEGIN IMMEDIATE");
    begun = true;
    const results: WriteResult[] = [];
    for (const request of requests) {
      const result = run(db, request);
      if (!sqlite.inTransaction) return { failed: result, begun };
      results.push(result);
    }
    sqlite.run("COMMIT");
    return results;
  } catch (error) {
    if (sqlite.inTransaction) sqlite.run("ROLLBACK");
    return { failed: failure(error), begun };
  }
};

/**
 * Hardly ever a row fails, so a batch is first tried without savepoints: for each of them SQLite copies every page it
 * touches, which makes a row cost a third more. Where a row has failed, each gets its savepoint. A batch that cannot be
 * committed then either is tried row by row, so that one hopeless row does not take the others with it. One that could
 * not even begin is not: each row would wait as long for the same lock.
 */
export const commitBatch = (db: Db, requests: readonly WriteRequest[]): readonly WriteResult[] => {
  const bare = runTogether(db, requests, runOne);
  if (!("failed" in bare)) return bare;
  if (requests.length === 1 || !bare.begun) return requests.map(() => bare.failed);
  const apart = runTogether(db, requests, runApart);
  if (!("failed" in apart)) return apart;
  if (!apart.begun) return requests.map(() => apart.failed);
  return requests.map((request) => {
    const alone = runTogether(db, [request], runOne);
    return "failed" in alone ? alone.failed : (alone[0] ?? apart.failed);
  });
};

let db: Db | undefined;

/** Without work for so long, the writer gives back what only work needs: pages it has read, and garbage. */
const restMs = 5_000;
const rest = (): void => {
  db?.$client.run("PRAGMA shrink_memory");
  Bun.gc(true);
};

/** Messages travel as JSON text, both ways. */
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a Worker has no origin; the rule means windows
const answer = (message: FromWriter): void => self.postMessage(JSON.stringify(message));

if (!Bun.isMainThread) {
  const resting = setTimeout(rest, restMs);
  self.addEventListener("message", (event: MessageEvent<string>) => {
    resting.refresh();
    const message = JSON.parse(event.data) as ToWriter;
    if (message.type === "open") {
      db = openForWriting(message.path);
      answer({ type: "opened" });
    } else if (message.type === "batch" && db) {
      answer({ type: "results", results: commitBatch(db, message.requests) });
    } else if (message.type === "close") {
      clearTimeout(resting);
      db?.$client.run("PRAGMA wal_checkpoint(TRUNCATE)");
      db?.$client.close();
      answer({ type: "closed" });
    }
  });
}
