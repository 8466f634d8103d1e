/**
 * Posts messages that are to be kept, as fast as they are taken, by turns with what the disk can do at all: commits of one
 * row each, by this process, on the same disk. Then again at half that speed, to see how long an answer takes.
 */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { median, quantile } from "../stats.ts";
import { clock } from "./clock.ts";
import { connect } from "./http.ts";

export type IntakeArgs = {
  readonly url: string;
  readonly token: string;
  /** A directory on the disk that the server writes to. */
  readonly disk: string;
  readonly connections: number;
  readonly rounds: number;
  readonly roundMs: number;
};
export type IntakeResult = {
  /** Per second, the median round of each. */
  readonly accepted: number;
  readonly commits: number;
  /** The median of what one round of both says. */
  readonly ratio: number;
  /** Ms until the answer at half the speed. */
  readonly p50: number;
  readonly p99: number;
  readonly refused: number;
};

const args = JSON.parse(process.argv[2] ?? "") as IntakeArgs;
const { roundMs } = args;
/** Few chats with long queues: intake alone is measured, not what comes after it. */
const chats = 16;

let refused = 0;
let sent = 0;
type Wire = Awaited<ReturnType<typeof connect>>;

const send = async (wire: Wire): Promise<void> => {
  sent += 1;
  const body = { message: "tokens 1000 every 60000", chat: `intake-${sent % chats}`, idempotencyKey: `key-${sent}` };
  const status = await wire({ path: "/api/v1/chat/async", headers: { authorization: `Bearer ${args.token}` }, body });
  if (status !== 202) refused += 1;
};

const wires = await Promise.all(Array.from({ length: args.connections }, () => connect(args.url)));

/** As many as are taken; per second. */
const pour = async (): Promise<number> => {
  const until = clock() + roundMs;
  const before = sent;
  await Promise.all(
    wires.map(async (wire) => {
      while (clock() < until) await send(wire);
    }),
  );
  return ((sent - before) * 1_000) / roundMs;
};

const dir = mkdtempSync(join(args.disk, "commits-"));
const database = new Database(join(dir, "commits.sqlite"));
database.run("PRAGMA journal_mode = WAL");
database.run("PRAGMA synchronous = FULL");
database.run("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)");
const insert = database.query("INSERT INTO rows (body) VALUES (?)");
const row = "x".repeat(200);

const commit = async (): Promise<number> => {
  const until = clock() + roundMs;
  let count = 0;
  while (clock() < until) {
    insert.run(row);
    count += 1;
  }
  // The sockets are looked at again.
  await Bun.sleep(1);
  return (count * 1_000) / roundMs;
};

/** A message every so often, whether or not the one before was answered. A late start counts as waiting. */
const trickle = async (perSecond: number): Promise<readonly number[]> => {
  const from = clock();
  const total = Math.floor((perSecond * roundMs) / 1_000);
  const ages: number[] = [];
  let next = 0;
  await Promise.all(
    wires.map(async (wire) => {
      for (let index = next++; index < total; index = next++) {
        const dueAt = from + (index * 1_000) / perSecond;
        if (dueAt > clock()) await Bun.sleep(dueAt - clock());
        await send(wire);
        ages.push(clock() - dueAt);
      }
    }),
  );
  return ages;
};

await pour();
const rounds: { readonly accepted: number; readonly commits: number }[] = [];
for (let round = 0; round < args.rounds; round += 1) {
  const commits = await commit();
  rounds.push({ commits, accepted: await pour() });
}
const accepted = median(rounds.map((one) => one.accepted));
const ages: number[] = [];
for (let round = 0; round < args.rounds; round += 1) ages.push(...(await trickle(accepted / 2)));

const result: IntakeResult = {
  accepted,
  commits: median(rounds.map((one) => one.commits)),
  ratio: median(rounds.map((one) => one.accepted / one.commits)),
  p50: quantile(ages, 0.5),
  p99: quantile(ages, 0.99),
  refused,
};
database.close();
rmSync(dir, { recursive: true });
process.stdout.write(JSON.stringify(result));
process.exit(0);
