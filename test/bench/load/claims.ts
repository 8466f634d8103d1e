/**
 * What it takes to claim a turn, in an empty database and beside many old ones, by turns. The commit is not part of it: it
 * takes the same time in both, and would hide the difference.
 */
import { rmSync } from "node:fs";
import { type Db, databasePath, openForWriting } from "../../../src/store/db.ts";
import { acceptEvent } from "../../../src/store/inbox.ts";
import { claimTurn } from "../../../src/store/lanes.ts";
import { migrate } from "../../../src/store/migrate.ts";
import { settleTurn } from "../../../src/store/turns.ts";
import { tempDir } from "../box.ts";
import { median } from "../stats.ts";
import { clock } from "./clock.ts";

export type ClaimsArgs = { readonly oldTurns: number; readonly rounds: number };
/** Ms, the median. */
export type ClaimsResult = { readonly empty: number; readonly old: number };

const args = JSON.parse(process.argv[2] ?? "") as ClaimsArgs;
const chats = 1_000;

const dirs = [tempDir(), tempDir()] as const;
const open = (dir: string): Db => {
  migrate(dir);
  return openForWriting(databasePath(dir));
};

/** Turns that ended long ago, in as many chats and lanes as there are. */
const fill = (db: Db): void => {
  const sqlite = db.$client;
  sqlite.run("PRAGMA synchronous = OFF");
  sqlite
    .query(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO turns (owner, public_id, bot_id, chat_id, token_id, account_id, agent_id, agent_name, conversation_id,
         trigger, share, state, attempts, due_at, stalled_boots, response, resent, created_at, started_at, finished_at)
       SELECT 'house', 'turn_' || hex(randomblob(16)), 1, i % ${chats} + 1, 1, 1, 'agent', 'Agent', i % ${chats} + 1,
         'api', 'chat:' || (i % ${chats} + 1), 'done', 1, i, 0, 'an answer of the usual length', 0, i, i, i
       FROM n`,
    )
    .run(args.oldTurns);
  sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite.run("PRAGMA synchronous = FULL");
};

let accepted = 0;
/** Accepts a message, claims its turn and ends it; answers how long the claim took. */
const claim = (db: Db): number => {
  accepted += 1;
  const at = Date.now();
  db.$client.run("BEGIN IMMEDIATE");
  const event = acceptEvent(db, {
    at,
    botId: 1,
    keys: [`key-${accepted}`],
    chat: { key: `api:1/${accepted % 50}`, kind: "api", tokenId: 1 },
    kind: "message",
    sentAt: at,
    payload: { text: "hello", files: [] },
    turn: {
      publicId: `turn_${accepted}`,
      trigger: "api",
      accountId: 1,
      server: "http://letta",
      agentId: "agent",
      agentName: "Agent",
      conversation: "per-chat",
      merges: false,
      dueAt: at,
    },
  });
  if (event.outcome !== "queued") throw new Error(`a message was not queued but ${event.outcome}`);
  const from = clock();
  const { turn } = claimTurn(db, { lane: event.lane, boot: 1, at, share: 4 });
  const took = clock() - from;
  if (!turn) throw new Error("nothing could be claimed");
  settleTurn(db, { turn: turn.id, at, state: "done", response: "", events: [], parts: [] });
  db.$client.run("COMMIT");
  return took;
};

try {
  const [empty, old] = [open(dirs[0]), open(dirs[1])];
  fill(old);
  const took = { empty: [] as number[], old: [] as number[] };
  for (let round = 0; round < args.rounds; round += 1) {
    const times = [claim(empty), claim(old)] as const;
    // The first rounds make chats and warm up.
    if (round < args.rounds / 4) continue;
    took.empty.push(times[0]);
    took.old.push(times[1]);
  }
  process.stdout.write(JSON.stringify({ empty: median(took.empty), old: median(took.old) } satisfies ClaimsResult));
} finally {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
