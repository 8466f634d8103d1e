/** Files and pictures when the process that handles them is killed: a real one, by SIGKILL, at any moment. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { serveKillable } from "../support/killable.ts";
import { type Letta, startLetta } from "../support/letta.ts";
import { png } from "../support/pictures.ts";
import { type StubPlatform, startStubPlatform } from "../support/stub/platform.ts";

let letta: Letta;
let platform: StubPlatform;
let dataDir: string;

beforeAll(() => {
  letta = startLetta();
  platform = startStubPlatform();
  dataDir = tempDir();
});

afterAll(async () => {
  await letta.stop();
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const serve = ({ listens = false } = {}) => {
  const timing = { searchMs: 300, pollMs: 25 };
  return serveKillable({ dataDir, platform: platform.url, letta: letta.url, timing, listens });
};

const rows = <Row>(sql: string, ...given: readonly string[]): readonly Row[] => {
  const db = new Database(join(dataDir, "lettabox.sqlite"), { readonly: true });
  try {
    return db.query<Row, string[]>(sql).all(...given);
  } finally {
    db.close();
  }
};

const said = (words: string, chat = "ada") =>
  until(() => platform.taken().find((part) => part.chat === chat && part.text.includes(words)));

const obey = async (): Promise<void> => {
  const [agent] = await letta.agents();
  await fetch(`${letta.url}/v1/agents/${agent}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "openai-proxy/fake-model" }),
  });
};

/** Copies are sent under one key. */
const arrivedOnce = async (name: string, words: string): Promise<void> => {
  const sent = await until(() => {
    const parts = platform.taken().filter(({ file }) => file?.name === name);
    return parts.length > 0 ? parts : undefined;
  });
  expect(new Set(sent.map(({ sendKey }) => sendKey)).size).toBe(1);
  expect(sent[0]?.file?.bytes).toBe(Buffer.from(words).toString("base64"));
};

/** So many files have a row, by their names, and bytes beside each. */
const expectBytes = (names: string, count: number): void => {
  const found = rows<{ id: number }>("SELECT id FROM files WHERE name LIKE ?", names);
  expect(found).toHaveLength(count);
  const kept = readdirSync(join(dataDir, "files"));
  for (const { id } of found) expect(kept).toContain(String(id));
};

test("an album that waits for its pieces when it is killed is one message all the same, with every picture", async () => {
  const first = await serve({ listens: true });
  // Fetched all at once, however slow the machine.
  for (const id of ["a", "b", "c"]) {
    platform.offer(id, png(5, 5));
    const text = id === "a" ? "our trip" : "";
    platform.push({ id, chat: "bob", from: "bob", text, album: "1", files: [{ id, kind: "image" }] });
  }
  await until(() => (rows("SELECT 1 FROM events").length === 3 ? true : undefined));
  await first.kill();
  const next = await serve();
  try {
    await said("You said: our trip", "bob");
    const posts = (await letta.posts()).filter(({ texts }) => texts.includes("our trip"));
    expect(posts).toHaveLength(1);
    expect(posts[0]?.texts.filter((text) => text.includes('kind="image"'))).toHaveLength(3);
  } finally {
    await next.stop();
  }
}, 60_000);

test("every file that an agent sends arrives once, whole, wherever the kill falls; bytes lie beside every row", async () => {
  const begin = await serve();
  await begin.write("hello");
  await said("hello");
  await obey();
  await begin.stop();
  const delays = [5, 15, 30, 45, 60, 90, 130];
  for (const [round, ms] of delays.entries()) {
    const server = await serve();
    const who = `p${round}`;
    const args = JSON.stringify({ name: `f${round}.txt`, content: `content ${round}` });
    await server.write(`CALL:send_file ${args}`, who);
    await Bun.sleep(ms);
    await server.kill();
  }
  const last = await serve();
  try {
    for (const round of delays.keys()) {
      await arrivedOnce(`f${round}.txt`, `content ${round}`);
      await said(`f${round}.txt is on its way.`, `p${round}`);
    }
    expectBytes("f%", delays.length);
  } finally {
    await last.stop();
  }
}, 120_000);

const content = (round: number): string => `round ${round} `.repeat(10_000);

const ask = async (url: string, round: number): Promise<number> => {
  const body = new FormData();
  const fields = { channel: "stub", chatId: "ada", idempotencyKey: `round ${round}` };
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", new File([content(round)], `p${round}.txt`, { type: "text/plain" }));
  const headers = { "x-api-key": readFileSync(join(dataDir, "admin.token"), "utf8").trim() };
  // Whoever is killed answers nothing.
  return fetch(`${url}/api/v1/messages`, { method: "POST", headers, body }).then(
    ({ status }) => status,
    () => 0,
  );
};

test("every file that a program has sent arrives once, whole, wherever the kill falls, if it asks until it is answered", async () => {
  const begin = await serve();
  await begin.write("here I am");
  await said("here I am");
  await begin.stop();
  const delays = [0, 2, 4, 7, 10, 15, 25];
  for (const [round, ms] of delays.entries()) {
    const server = await serve();
    const asked = ask(server.url, round);
    await Bun.sleep(ms);
    await server.kill();
    await asked;
  }
  const last = await serve();
  try {
    for (const round of delays.keys()) {
      expect(await ask(last.url, round)).toBe(200);
      await arrivedOnce(`p${round}.txt`, content(round));
    }
    expectBytes("p%", delays.length);
  } finally {
    await last.stop();
  }
}, 120_000);
