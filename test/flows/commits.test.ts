/** What a message and its answer cost the disk: each commit waits for it, so what can be one commit is one. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

beforeEach(async () => {
  box = await startBox();
  await box.until(async () => ((await fetch(`${box.app().url}/readyz`)).ok ? true : undefined));
});

afterEach(() => box.stop());

const header = 32;
const frameHeader = 24;

/** Transactions in SQLite's log: the last frame of each says how large the database is after it. */
const countCommits = (): number => {
  const wal = readFileSync(`${box.dataDir}/lettabox.sqlite-wal`);
  const salts = wal.subarray(16, 24);
  const frameBytes = frameHeader + wal.readUInt32BE(8);
  let commits = 0;
  for (let at = header; at + frameBytes <= wal.length; at += frameBytes) {
    // What an earlier round of the log has left behind has other salts.
    if (!wal.subarray(at + 8, at + 16).equals(salts)) break;
    if (wal.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
};

let lastId = 0;

const tell = async (text: string): Promise<void> => {
  await box.deliver({ id: String((lastId += 1)), chat: "ada", from: "ada", text });
  await box.until(() => box.standing("ada").find((message) => message.text.includes(text)));
};

const ask = async (message: string): Promise<void> => {
  expect((await box.app().chat({ message })).status).toBe(200);
};

const openSql = `SELECT (SELECT count(*) FROM turns WHERE finished_at IS NULL) +
  (SELECT count(*) FROM outbox WHERE finished_at IS NULL) +
  (SELECT count(*) FROM personas WHERE block_id IS NULL) AS n`;

/** How many commits there are when nothing is left to do. */
const settled = async (): Promise<number> => {
  const db = new Database(`${box.dataDir}/lettabox.sqlite`, { readonly: true });
  const query = db.query<{ n: number }, []>(openSql);
  await box.until(() => (query.get()?.n === 0 ? true : undefined));
  db.close();
  return countCommits();
};

/**
 * Commits of a message that meets nothing under way: the fewest of a few, because what is settled in the database may
 * not have been put away yet. With the very first one come its chat, conversation and person.
 */
const costOf = async (say: (text: string) => Promise<void>): Promise<number> => {
  await say("hello");
  const costs: number[] = [];
  for (const words of ["hello again", "hello once more", "hello and goodbye"]) {
    const before = await settled();
    await say(words);
    costs.push((await settled()) - before);
  }
  return Math.min(...costs);
};

test("a message in a chat takes six commits: accepted and claimed, posted, its run, its answer on its way, sent, ended", async () => {
  expect(await costOf(tell)).toBeLessThanOrEqual(6);
});

test("a request takes five: accepted and claimed, posted, its run, its answer, ended", async () => {
  expect(await costOf(ask)).toBeLessThanOrEqual(5);
});
