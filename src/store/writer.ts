/**
 * The writer: a Worker that owns the only writing connection, so that waiting for the disk never stops the event loop
 * that relays tokens. It gets batches of named writes and commits each batch as one transaction: that is the group commit.
 */
import type { Database } from "bun:sqlite";
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

/** One row of the batch: its own savepoint, so that what fails, fails alone. */
const runOne = (db: Db, sqlite: Database, request: WriteRequest): WriteResult => {
  sqlite.run("SAVEPOINT one");
  try {
    // The name types the arguments on the caller's side (`Writes`); here they are just handed on.
    const value = (writes[request.name] as (db: Db, args: unknown) => unknown)(db, request.args);
    sqlite.run("RELEASE one");
    return { ok: true, value };
  } catch (error) {
    // A full disk rolls the whole transaction back by itself; then there is no savepoint left.
    if (sqlite.inTransaction) {
      sqlite.run("ROLLBACK TO one");
      sqlite.run("RELEASE one");
    }
    return failure(error);
  }
};

/** Commits all of them or none; `begun` says whether it came as far as trying. */
const runTogether = (
  db: Db,
  requests: readonly WriteRequest[],
): readonly WriteResult[] | { readonly failed: WriteResult; readonly begun: boolean } => {
  const sqlite = db.$client;
  let begun = false;
  try {
    sqlite.run("BEGIN IMMEDIATE");
    begun = true;
    const results: WriteResult[] = [];
    for (const request of requests) {
      const result = runOne(db, sqlite, request);
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
 * A batch that could not be committed is tried row by row, so that one hopeless row does not take the others with it. One
 * that could not even begin is not: each row would wait as long for the same lock.
 */
export const commitBatch = (db: Db, requests: readonly WriteRequest[]): readonly WriteResult[] => {
  const outcome = runTogether(db, requests);
  if (!("failed" in outcome)) return outcome;
  if (requests.length === 1 || !outcome.begun) return requests.map(() => outcome.failed);
  return requests.map((request) => {
    const alone = runTogether(db, [request]);
    return "failed" in alone ? alone.failed : (alone[0] ?? outcome.failed);
  });
};

let db: Db | undefined;

/** Messages travel as JSON text, both ways. */
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a Worker has no origin; the rule means windows
const answer = (message: FromWriter): void => self.postMessage(JSON.stringify(message));

if (!Bun.isMainThread) {
  self.addEventListener("message", (event: MessageEvent<string>) => {
    const message = JSON.parse(event.data) as ToWriter;
    if (message.type === "open") {
      db = openForWriting(message.path);
      answer({ type: "opened" });
    } else if (message.type === "batch" && db) {
      answer({ type: "results", results: commitBatch(db, message.requests) });
    } else if (message.type === "close") {
      db?.$client.run("PRAGMA wal_checkpoint(TRUNCATE)");
      db?.$client.close();
      answer({ type: "closed" });
    }
  });
}
