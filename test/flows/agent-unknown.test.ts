/**
 * No agent is known yet: Letta is down at the very first start, or the configuration names an agent that is not there.
 * Whatever is written is kept, lettabox answers for itself, and the agent answers once it is found.
 */
import { afterEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { freePort, ownAddress } from "../support/address.ts";
import { tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { serveKillable } from "../support/killable.ts";
import { type Letta, startLetta } from "../support/letta.ts";
import { startStubPlatform } from "../support/stub/platform.ts";
import { startTelegramBox, type TelegramBox, type TelegramBoxOptions, ways } from "../support/telegram-box.ts";

let box: TelegramBox;
let letta: Letta | undefined;
let ann: number;
let bert: number;

const open = async (options: TelegramBoxOptions = {}): Promise<void> => {
  box = await startTelegramBox({ ...options, timing: { retryMs: 50, ...options.timing } });
  ann = box.telegram.addPerson({ name: "Ann" });
  bert = box.telegram.addPerson({ name: "Bert" });
};

/** A lettabox whose Letta server has never answered. */
const openWithoutLetta = async (options: TelegramBoxOptions = {}): Promise<number> => {
  const port = freePort();
  await open({ ...options, env: { LETTA_BASE_URL: `http://${ownAddress}:${port}` } });
  return port;
};

afterEach(async () => {
  await box.stop();
  await letta?.stop();
  letta = undefined;
});

const say = (from: number, text: string) => box.telegram.say({ from, text });
const answers = (person: number, words: string): number =>
  box.said(person).filter(({ isDraft, text }) => !isDraft && text.includes(words)).length;
/** The platform has nothing more for us: whatever came is accepted. */
const taken = () => box.until(() => (box.telegram.pending() === 0 ? true : undefined));

test.each(ways)("Letta is down at the very first start: messages are kept and answered once (by %s)", async (way) => {
  const port = await openWithoutLetta({ way });
  say(ann, "hello");
  say(bert, "good morning");
  await taken();
  say(ann, "/status");
  await box.told(ann, "Letta does not work right now: Letta cannot be reached.");
  // It waits between two looks, or looks.
  await box.told(ann, /One (message waits|answer is under way)\./);
  say(bert, "/help");
  await box.told(bert, "/whoami");
  say(bert, "/whoami");
  await box.told(bert, "Bert");
  await box.restart();
  letta = startLetta({ port });
  await box.told(ann, "You said: hello");
  await box.told(bert, "You said: good morning");
  await box.quiet();
  expect([answers(ann, "You said: hello"), answers(bert, "You said: good morning")]).toEqual([1, 1]);
  expect((await letta.heard()).toSorted()).toEqual(["good morning", "hello"]);
});

test("what was written in the meantime is answered in its order, also by what comes after", async () => {
  const port = await openWithoutLetta();
  for (const text of ["one", "two"]) {
    say(ann, text);
    await box.until(
      () => box.rows<{ n: number }>("SELECT count(*) AS n FROM events")[0]?.n === (text === "one" ? 1 : 2) || undefined,
    );
  }
  letta = startLetta({ port });
  say(ann, "three");
  await box.told(ann, "three");
  await box.quiet();
  expect((await letta.heard()).flatMap((text) => text.match(/one|two|three/g))).toEqual(["one", "two", "three"]);
});

test("whoever is new hears what this is, and what is wrong", async () => {
  await openWithoutLetta();
  say(ann, "/start");
  await box.told(ann, "There is no agent to talk to yet. Letta cannot be reached.");
});

test("a command that needs an agent says at once that there is none, and changes nothing", async () => {
  await openWithoutLetta();
  say(ann, "hello");
  await taken();
  say(ann, "/new");
  await box.told(ann, "There was no agent to talk to when you sent `/new`. Letta cannot be reached.");
  expect(box.rows("SELECT 1 FROM bindings")).toEqual([]);
});

test("a message can be called off while it waits for an agent", async () => {
  const port = await openWithoutLetta();
  say(ann, "hello");
  await taken();
  say(ann, "/stop");
  await box.quiet();
  letta = startLetta({ port });
  say(ann, "good morning");
  await box.told(ann, "You said: good morning");
  expect(await letta.heard()).toEqual(["good morning"]);
});

test("where nobody shares an agent, each gets one of their own once Letta is up", async () => {
  const port = await openWithoutLetta({ bots: "{ telegram: { channel: telegram, access: open } }" });
  say(ann, "hello");
  say(bert, "good morning");
  await taken();
  letta = startLetta({ port });
  await box.told(ann, "You said: hello");
  await box.told(bert, "You said: good morning");
  await box.quiet();
  expect(await letta.agents()).toHaveLength(3);
  const used = box.rows<{ agent: string }>("SELECT DISTINCT agent_id AS agent FROM turns WHERE command IS NULL");
  expect(used).toHaveLength(2);
});

test("a caller of the API is told why, as long as no agent is known", async () => {
  await openWithoutLetta();
  const answer = await box.app().chat({ message: "hello" });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ success: false, code: "letta_unreachable" });
});

test("whoever waits for long is told so, and at last that it was in vain; the message can still be tried again", async () => {
  let aheadMs = 0;
  const port = await openWithoutLetta({ now: () => Date.now() + aheadMs });
  say(ann, "hello");
  await box.until(() => box.rows("SELECT 1 FROM turns WHERE retry_until IS NOT NULL")[0]);
  aheadMs = 31_000;
  await box.told(ann, "Letta cannot be reached. Your message is kept and will be answered.");
  aheadMs = 11 * 60_000;
  await box.told(ann, "The agent could not be reached for too long.");
  letta = startLetta({ port });
  await box.quiet();
  expect(await letta.heard()).toEqual([]);
  const [letter] = box.rows<{ id: number }>("SELECT id FROM dead_letters");
  await box.app().call(`/api/v1/dead-letters/${letter?.id}/retry`, { method: "POST" });
  await box.told(ann, "You said: hello");
});

test("a message that waits for a Letta that never answers can be called off at once", async () => {
  const silent = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Promise<Response>(() => undefined) });
  await open({ env: { LETTA_BASE_URL: silent.url.origin } });
  say(ann, "hello");
  await box.until(() => box.rows("SELECT 1 FROM turns WHERE state = 'running'")[0]);
  say(ann, "/stop");
  await box.until(() => box.rows("SELECT 1 FROM turns WHERE trigger = 'message' AND state = 'cancelled'")[0]);
  await silent.stop(true);
});

test("a Letta that never answers holds nobody up, not even a stop", async () => {
  const silent = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Promise<Response>(() => undefined) });
  // A stop that waited for it would outlast the test.
  await open({ env: { LETTA_BASE_URL: silent.url.origin }, drainMs: 600_000 });
  say(ann, "hello");
  say(bert, "good morning");
  await taken();
  say(bert, "/help");
  await box.told(bert, "/whoami");
  await box.restart({ env: { LETTA_BASE_URL: box.letta.url } });
  await silent.stop(true);
  await box.told(ann, "You said: hello");
  await box.told(bert, "You said: good morning");
});

test("a name that stays wrong for too long ends what waits for it, with the reason", async () => {
  await open({ env: { LETTA_AGENT_NAME: "Dema" }, timing: { pausedMs: 500, giveUpEveryMs: 50 } });
  say(ann, "hello");
  await box.told(ann, "Messages are kept until that is mended.");
  await box.told(ann, "The agent does not exist on the Letta server (any more).");
  await box.quiet();
});

test("what a chat wrote before it chose another agent is not for that one", async () => {
  const port = await openWithoutLetta();
  say(ann, `/claim ${await box.claim()}`);
  await box.told(ann, "You run this bot now");
  for (const [index, text] of ["demo slow 40 one", "two"].entries()) {
    say(ann, text);
    await box.until(() => box.rows("SELECT 1 FROM turns WHERE command IS NULL")[index]);
  }
  await box.letta.add("Ada");
  const gate = Bun.serve({
    port,
    hostname: ownAddress,
    idleTimeout: 0,
    fetch: (request) => fetch(request.url.replace(`${ownAddress}:${port}`, new URL(box.letta.url).host), request),
  });
  await box.until(() => box.telegram.drafts(ann)[0]);
  const [chosen, other] = box.rows<{ name: string }>("SELECT name FROM agents ORDER BY position");
  say(ann, `/agent ${other?.name}`);
  await box.told(ann, `This chat talks to **${other?.name}** now.`);
  await box.quiet();
  await gate.stop(true);
  const names = box.rows<{ name: string }>("SELECT agent_name AS name FROM turns WHERE command IS NULL");
  expect(names.map(({ name }) => name)).toEqual([chosen?.name ?? "", chosen?.name ?? ""]);
});

test.each(ways)("a misspelt agent is named, and what was kept is answered once it is mended (by %s)", async (way) => {
  await open({ way, env: { LETTA_AGENT_NAME: "Dema" } });
  const wrong = 'The Letta server has no agent named "Dema".';
  say(ann, "hello");
  await box.told(ann, `${wrong} Messages are kept until that is mended.`);
  say(bert, "good morning");
  await taken();
  say(bert, "/status");
  await box.told(bert, `Letta does not work right now: ${wrong}`);
  expect(answers(bert, "One message waits.")).toBe(1);
  expect(answers(bert, "Correct LETTA_AGENT_NAME")).toBe(0);
  say(bert, `/claim ${await box.claim()}`);
  await box.told(bert, "You run this bot now");
  say(bert, "/status");
  await box.told(bert, `${wrong} Correct LETTA_AGENT_NAME, or make the agent.`);
  await box.restart();
  await box.until(() => (box.app().log().includes("house.not-ready") ? true : undefined));
  await box.restart({ env: { LETTA_AGENT_NAME: "Demo" } });
  await box.told(ann, "You said: hello");
  await box.told(bert, "You said: good morning");
  await box.quiet();
  expect([answers(ann, "You said: hello"), answers(bert, "You said: good morning")]).toEqual([1, 1]);
  expect(box.letta.posts()).toHaveLength(2);
});

test("a wrong address of Letta is mended like a wrong name", async () => {
  const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("", { status: 404 }) });
  await open({ env: { LETTA_BASE_URL: other.url.origin } });
  say(ann, "hello");
  await box.told(ann, "Messages are kept until that is mended.");
  await box.restart({ env: { LETTA_BASE_URL: box.letta.url, LETTA_AGENT_NAME: "Dema" } });
  await box.told(ann, 'no agent named "Dema"');
  await other.stop(true);
  await box.restart({ env: { LETTA_BASE_URL: box.letta.url } });
  await box.told(ann, "You said: hello");
});

test("whom a chat talked to before, and where, is who answers what came while the name was wrong", async () => {
  await open({ bots: "{ telegram: { channel: telegram, access: open, shareAgent: true } }" });
  say(ann, "hello");
  await box.told(ann, "You said: hello");
  await box.restart({ env: { LETTA_AGENT_NAME: "Dema" } });
  say(ann, "are you there?");
  await box.told(ann, "Messages are kept until that is mended.");
  await box.restart({ env: { LETTA_AGENT_NAME: "Demo" } });
  await box.told(ann, "You said: are you there?");
  await box.quiet();
  const lanes = box.rows("SELECT DISTINCT conversation_id FROM turns WHERE command IS NULL");
  expect(lanes).toHaveLength(1);
});

test("kills while no agent is known lose nothing and repeat nothing", async () => {
  await open();
  const dataDir = tempDir();
  const platform = startStubPlatform();
  const port = freePort();
  const start = () =>
    serveKillable({
      dataDir,
      platform: platform.url,
      letta: `http://${ownAddress}:${port}`,
      timing: { retryMs: 50, searchMs: 300, pollMs: 25 },
    });
  /** By its key: a part whose fate was lost in a kill may stand there twice, and only such a one. */
  const said = (chat: string, words: string): number =>
    new Set(platform.taken().flatMap((one) => (one.chat === chat && one.text.includes(words) ? [one.sendKey] : [])))
      .size;
  try {
    let server = await start();
    await server.write("hello", "ada");
    await server.kill();
    server = await start();
    await server.write("good morning", "bob");
    await server.kill();
    server = await start();
    letta = startLetta({ port });
    await until(async () => ((await letta?.posts())?.length === 0 ? undefined : true));
    await server.kill();
    server = await start();
    await until(() => (said("ada", "You said: hello") && said("bob", "You said: good morning") ? true : undefined));
    await server.stop();
    expect((await letta.heard()).toSorted()).toEqual(["good morning", "hello"]);
    expect([said("ada", "You said: hello"), said("bob", "You said: good morning")]).toEqual([1, 1]);
    const keys = platform.taken().map(({ sendKey }) => sendKey);
    const marked = await readIndependently<{ send_key: string }>(
      dataDir,
      "SELECT send_key FROM outbox WHERE ambiguous",
    );
    const copies = keys.filter((key, at) => keys.indexOf(key) !== at);
    for (const key of copies) expect(marked.map(({ send_key }) => send_key)).toContain(key);
    expect(copies.length).toBeLessThanOrEqual(marked.length);
  } finally {
    await platform.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 60_000);
