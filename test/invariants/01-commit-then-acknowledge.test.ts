import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";

let box: Box;

beforeEach(async () => {
  box = await startBox();
});

afterEach(() => box.stop());

const ada = { id: "1", chat: "ada", from: "ada", text: "hello" };

const countEvents = async (): Promise<number> => {
  const [row] = await readIndependently<{ n: number }>(box.dataDir, "SELECT count(*) AS n FROM events");
  return row?.n ?? -1;
};

const run = (sql: string): void => {
  const db = new Database(`${box.dataDir}/lettabox.sqlite`);
  db.run("PRAGMA busy_timeout = 5000");
  db.run(sql);
  db.close();
};

/** Makes every insert into the inbox fail, until the returned function is called. */
const breakInbox = (): (() => void) => {
  run("CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'broken'); END");
  return () => run("DROP TRIGGER broken");
};

test("what was acknowledged is in the database for everybody to read", async () => {
  expect((await box.deliver(ada)).status).toBe(200);
  expect(await countEvents()).toBe(1);
});

test("what cannot be committed is not acknowledged, and a later delivery of it is", async () => {
  const mend = breakInbox();
  const refused = await box.deliver(ada);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).not.toBeNull();
  expect(await countEvents()).toBe(0);
  mend();
  expect((await box.deliver(ada)).status).toBe(200);
  expect(await countEvents()).toBe(1);
});

test("a request of the API that cannot be committed is refused, and nothing is sent", async () => {
  const mend = breakInbox();
  const refused = await box.app().chat({ message: "hello" });
  expect(refused.status).toBe(503);
  mend();
  expect(await box.heard()).toEqual([]);
});

test("a handshake is answered without an event", async () => {
  const response = await fetch(`${box.app().url}/webhooks/stub`, {
    method: "POST",
    headers: { "x-stub-secret": "open sesame" },
    body: JSON.stringify({ handshake: "prove it" }),
  });
  expect(await response.text()).toBe("prove it");
  expect(await countEvents()).toBe(0);
});
