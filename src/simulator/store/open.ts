import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { Fault } from "../../errors.ts";
import { agentsIn } from "./agents.ts";
import { approvalsIn } from "./approvals.ts";
import { conversationsIn } from "./conversations.ts";
import { linksIn } from "./links.ts";
import { messagesIn } from "./messages.ts";
import { otidsIn } from "./otids.ts";
import { requestsIn } from "./requests.ts";
import { resourcesIn } from "./resources.ts";
import { runsIn } from "./runs.ts";
import { schema, schema2, schemaVersion } from "./schema.ts";
import { stepsIn } from "./steps.ts";
import { tapesIn } from "./tapes.ts";

/**
 * The demo server's memory: one SQLite file. Everything synchronous, so that what one request reads and writes is never
 * interleaved with another's.
 */

const openDatabase = (dataDir: string | null): Database => {
  if (dataDir !== null) mkdirSync(dataDir, { recursive: true });
  const db = new Database(dataDir === null ? ":memory:" : join(dataDir, "demo.sqlite"), { create: true });
  db.run("PRAGMA journal_mode = WAL");
  // A killed process loses nothing with NORMAL; only a crash of the machine may take the last commits of this demo.
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA busy_timeout = 5000");
  // Checkpoints are what a turn would feel; pages of random ids are rewritten often enough to be worth waiting for.
  db.run("PRAGMA wal_autocheckpoint = 8000");
  db.run("PRAGMA journal_size_limit = 67108864");
  db.run("PRAGMA cache_size = -16000");
  const version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
  if (version > schemaVersion) {
    db.close();
    throw new Fault("schema_newer", {
      message: `demo.sqlite has version ${version}; this program knows ${schemaVersion}.`,
      hint: "Use the newer program, or move demo.sqlite away to begin with an empty demo.",
    });
  }
  db.transaction(() => {
    if (version < 1) db.run(schema);
    if (version < 2) db.run(schema2);
  })();
  return db;
};

export const openStore = (dataDir: string | null) => {
  const db = openDatabase(dataDir);
  return {
    agents: agentsIn(db),
    approvals: approvalsIn(db),
    conversations: conversationsIn(db),
    links: linksIn(db),
    messages: messagesIn(db),
    otids: otidsIn(db),
    requests: requestsIn(db),
    resources: resourcesIn(db),
    runs: runsIn(db),
    steps: stepsIn(db),
    tapes: tapesIn(db),
    /** All of `work` or nothing; committed when it returns. */
    commit: <T>(work: () => T): T => db.transaction(work)(),
    close: (): void => db.close(),
  };
};

export type Store = ReturnType<typeof openStore>;
