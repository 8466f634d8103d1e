import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

beforeEach(async () => {
  box = await startBox();
});

afterEach(() => box.stop());

type Turn = { turnId: string; state: string; response: string | null; attempts: number; errorCode: string | null };

const ask = async (message: string, chat: string): Promise<string> => {
  const response = await box.app().call("/api/v1/chat/async", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message, chat }),
  });
  return ((await response.json()) as Turn).turnId;
};

const look = async (id: string): Promise<Turn> => (await (await box.app().call(`/api/v1/turns/${id}`)).json()) as Turn;

const ended = (id: string) =>
  box.until(async () => {
    const turn = await look(id);
    return ["done", "failed", "silent", "cancelled"].includes(turn.state) ? turn : undefined;
  });

const started = (id: string) =>
  box.until(async () => {
    const turn = (await look(id)) as Turn & { runId: string | null };
    return turn.runId === null ? undefined : turn;
  });

/** Changes the database as a process that was killed would have left it. */
const leave = (sql: string): void => {
  const db = new Database(`${box.dataDir}/lettabox.sqlite`);
  db.run(sql);
  db.close();
};

test("a stop lets a running turn come to its end", async () => {
  const id = await ask("demo slow 3 almost there", "a");
  await started(id);
  await box.restart();
  expect(await look(id)).toMatchObject({ state: "done", attempts: 1 });
});

test("what still runs when the drain is over is not cancelled upstream, and is finished by the next start", async () => {
  await box.restart({ drainMs: 1 });
  const id = await ask("demo slow 8 long story", "a");
  await started(id);
  await box.restart();
  const turn = await ended(id);
  expect(turn).toMatchObject({ state: "done", attempts: 1 });
  expect(turn.response?.match(/long story/g)).toHaveLength(1);
  expect(await box.heard()).toEqual(["demo slow 8 long story"]);
});

test("a turn that was claimed and never posted goes back to its place and is answered", async () => {
  const id = await ask("hello", "a");
  await ended(id);
  await box.app().stop();
  leave("DELETE FROM posts; DELETE FROM turn_events;");
  leave("UPDATE turns SET state = 'running', finished_at = NULL, lease_boot = 0, response = NULL, run_id = NULL");
  await box.restart({ alreadyStopped: true });
  expect((await ended(id)).state).toBe("done");
});

test("a turn that was leased in five boots and got nowhere is parked, told and kept", async () => {
  const id = await ask("hello", "a");
  await ended(id);
  await box.app().stop();
  leave("DELETE FROM posts; DELETE FROM turn_events;");
  leave("UPDATE turns SET state = 'running', finished_at = NULL, lease_boot = 0, response = NULL, stalled_boots = 4");
  await box.restart({ alreadyStopped: true });
  expect(await ended(id)).toMatchObject({ state: "failed", errorCode: "turn_parked" });
  const { deadLetters } = (await (await box.app().call("/api/v1/dead-letters")).json()) as { deadLetters: unknown[] };
  expect(deadLetters).toHaveLength(1);
});

test("messages that were only queued are answered after the restart, in their order", async () => {
  const first = await ask("demo slow 2 first", "a");
  const ids = [await ask("second", "a"), await ask("third", "a")];
  await box.restart();
  for (const id of [first, ...ids]) expect((await ended(id)).state).toBe("done");
  const heard = (await box.heard()).map((text) => text.split(" ").at(-1));
  expect(heard).toEqual(["first", "second", "third"]);
});
