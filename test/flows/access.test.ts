/** Strangers, and who lets them in. */
import { afterEach, expect, test } from "bun:test";
import type { BotAccess } from "../../src/access/rules.ts";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { knownTo } from "../support/known.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, textsIn, told, posted } = talkWith(() => box);
const { claim, codeOf, admin, rows, quiet, asked } = knownTo(() => box);

afterEach(() => box.stop());

const open = (access: Partial<BotAccess> = { access: "pairing" }, now?: () => number): Promise<Box> =>
  startBox({ access, ...(now === undefined ? {} : { now }) });

const stranger = { chat: "eve", from: "eve" };

test("a stranger gets a code and nothing else, and Letta is asked nothing for them", async () => {
  box = await open();
  const before = await asked();
  await write("tell me your secrets", stranger);
  expect(await told("Your code is", "eve")).toMatch(/`[A-HJ-NP-Z2-9]{8}`/);
  await write("please", stranger);
  await write("/new", stranger);
  await write("/help", stranger);
  await write("hello?", stranger);
  await quiet();
  expect(textsIn("eve")).toHaveLength(1);
  expect(await asked()).toBe(before);
  expect(await box.heard()).toEqual([]);
  expect(await posted()).toBe("[]");
  const kept = await readIndependently(box.dataDir, "SELECT payload FROM events");
  expect(JSON.stringify(kept)).not.toContain("secrets");
});

test("somebody who is let in through the API is told, talks, and has heard that they are not alone", async () => {
  box = await open();
  await write("hello", stranger);
  const code = await codeOf("eve");
  const listed = await admin("GET", "/api/v1/pairing/stub");
  expect(listed.body).toMatchObject({ requests: [{ id: "eve", code, bot: "stub", of: "person", name: "eve" }] });
  const { status, body } = await admin("POST", "/api/v1/pairing/stub/approve", { code: code.toLowerCase() });
  expect({ status, body }).toEqual({ status: 200, body: { success: true, userId: "eve" } });
  expect(await told("You are let in", "eve")).toContain("others talk to the same agent");
  await write("hello again", stranger);
  await told("You said: hello again", "eve");
  expect(await box.heard()).toEqual(["hello again"]);
  expect((await admin("POST", "/api/v1/pairing/stub/approve", { code })).status).toBe(404);
  expect((await admin("GET", "/api/v1/pairing")).body).toEqual({ requests: [] });
});

test("somebody who is not let in is told so, and then not answered for a day", async () => {
  let at = Date.now();
  box = await open({ access: "pairing" }, () => at);
  await write("hello", { ...stranger, sentAt: at });
  const code = await codeOf("eve");
  await admin("POST", "/api/v1/pairing/stub/deny", { code });
  await told("has not let you in", "eve");
  await write("why?", { ...stranger, sentAt: at });
  await quiet();
  expect(textsIn("eve")).toHaveLength(2);
  at += 25 * 3_600_000;
  await write("and now?", { ...stranger, sentAt: at });
  await box.until(() => textsIn("eve")[2]);
  expect(await codeOf("eve")).not.toBe(code);
});

test("a code counts for an hour; then the next message brings another one", async () => {
  let at = Date.now();
  box = await open({ access: "pairing" }, () => at);
  await write("hello", { ...stranger, sentAt: at });
  const code = await codeOf("eve");
  at += 3_600_001;
  expect((await admin("POST", "/api/v1/pairing/stub/approve", { code })).status).toBe(404);
  await write("hello", { ...stranger, sentAt: at });
  await box.until(() => textsIn("eve")[1]);
  const next = await codeOf("eve");
  expect(next).not.toBe(code);
  expect((await admin("POST", "/api/v1/pairing/stub/approve", { code: next })).status).toBe(200);
});

test("three may wait at a time: a fourth is told to come back, once, and comes in when there is room", async () => {
  let at = Date.now();
  box = await open({ access: "pairing" }, () => at);
  for (const name of ["one", "two", "three"]) {
    await write("hello", { chat: name, from: name, sentAt: at });
    await codeOf(name);
  }
  await write("hello", { ...stranger, sentAt: at });
  await told("too many others wait", "eve");
  await write("hello", { ...stranger, sentAt: at });
  await quiet();
  expect(textsIn("eve")).toHaveLength(1);
  await admin("POST", "/api/v1/pairing/stub/deny", { code: await codeOf("one") });
  await write("hello", { ...stranger, sentAt: at });
  await codeOf("eve");
});

test("whoever is shown out is a stranger at once, whatever they still wait for", async () => {
  box = await open();
  await write("hello", stranger);
  await admin("POST", "/api/v1/pairing/stub/approve", { code: await codeOf("eve") });
  await told("You are let in", "eve");
  await write("demo slow 400 long", stranger);
  await box.until(() => box.platform.messages().find((one) => one.chat === "eve" && one.preview));
  await write("and this behind it", stranger);
  const { people } = (await admin("GET", "/api/v1/people")).body as { people: { person: number; state: string }[] };
  expect(people).toMatchObject([{ state: "granted", name: "eve", userId: "eve", bot: "stub" }]);
  const person = people[0]?.person ?? 0;
  expect((await admin("POST", "/api/v1/pairing/stub/revoke", { person })).status).toBe(200);
  await quiet();
  const before = await posted();
  await write("still there?", stranger);
  await quiet();
  expect(await posted()).toBe(before);
  expect(await box.heard()).not.toContain("and this behind it");
  expect((await admin("POST", "/api/v1/pairing/stub/revoke", { person })).status).toBe(404);
});

test("somebody who is blocked is not answered at all; shown in again, they may ask", async () => {
  box = await open();
  await write("hello", stranger);
  await codeOf("eve");
  const [{ person = 0 } = {}] = (await rows("SELECT id AS person FROM persons")) as { person: number }[];
  expect((await admin("POST", "/api/v1/pairing/stub/block", { person })).status).toBe(200);
  expect((await admin("GET", "/api/v1/pairing")).body).toEqual({ requests: [] });
  await write("hello", stranger);
  expect(await rows("SELECT ignored FROM events ORDER BY id DESC LIMIT 1")).toEqual([{ ignored: "blocked" }]);
  await quiet();
  expect(textsIn("eve")).toHaveLength(1);
  await admin("POST", "/api/v1/pairing/stub/revoke", { person });
  await write("hello", stranger);
  await box.until(() => textsIn("eve")[1]);
});

test("where only named people may talk, others are told their id, once a day; named ones come in by id or name", async () => {
  box = await open({ access: "allowlist", allow: ["77", "@Grace"] });
  await write("hello", stranger);
  expect(await told("With your id here they can name you", "eve")).toContain("`eve`");
  await write("hello?", stranger);
  await quiet();
  expect(textsIn("eve")).toHaveLength(1);
  await write("hello", { chat: "g", from: "g1", username: "grace" });
  await told("You said: hello", "g");
  await write("hello", { chat: "77", from: "77" });
  await told("You said: hello", "77");
  expect(textsIn("77")[0]).toContain("others talk to the same agent");
  await write("again", { chat: "77", from: "77" });
  await told("You said: again", "77");
  expect(textsIn("77").filter((text) => text.includes("others talk"))).toHaveLength(1);
  expect(await box.heard()).not.toContain("hello?");
});

test("where everybody may talk, nobody needs a code", async () => {
  box = await open({ access: "open" });
  await write("hello", stranger);
  await told("You said: hello", "eve");
});

test("whoever sends the claim code is the operator, once; a second one finds it used up", async () => {
  box = await open();
  const code = await claim();
  await write(`/start ${code}`);
  await told("You run this bot now");
  await write(`/claim ${code}`, stranger);
  await told("Your code is", "eve");
  await write(`/claim ${code}`);
  await told("does not count");
  await write("hello");
  await told("You said: hello");
  expect(textsIn("ada").join()).not.toContain("others talk");
  expect(await rows("SELECT count(*) AS n FROM operators")).toEqual([{ n: 1 }]);
  expect(await rows("SELECT actor, action FROM audit")).toEqual([{ actor: "claim", action: "operator.claimed" }]);
  expect(box.app().log()).not.toContain(code);
  // A second operator is welcome, with a code of their own.
  await write(`/claim ${await claim()}`, { chat: "grace", from: "grace" });
  await told("You run this bot now", "grace");
});

test("a claim code in a group makes nobody an operator", async () => {
  box = await open();
  const code = await claim();
  await write(`/start ${code}`, { chat: "team", from: "eve", group: true });
  expect(await rows("SELECT count(*) AS n FROM operators")).toEqual([{ n: 0 }]);
  await write(`/start ${code}`);
  await told("You run this bot now");
});

test("the operator is asked in their own chat, with buttons, before a restart or after it", async () => {
  box = await open();
  await write(`/start ${await claim()}`);
  await told("You run this bot now");
  await write("let me in", stranger);
  const code = await codeOf("eve");
  const shown = await box.until(() => box.standing("ada").find(({ text }) => text.includes("waits to be let in")));
  expect(shown.text).toContain("`eve`");
  expect(shown.choices).toMatchObject([
    { label: "Approve", line: `/approve ${code}` },
    { label: "Deny", line: `/deny ${code}` },
  ]);
  await box.restart();
  expect((await admin("POST", "/api/v1/pairing/stub/approve", { code })).status).toBe(200);
  await told("You are let in", "eve");
});

test("a name is shown and not obeyed", async () => {
  box = await open();
  await write(`/start ${await claim()}`);
  await told("You run this bot now");
  await write("hi", { chat: "eve", from: "`**[press me](https://evil.example)**\n/approve" });
  const shown = await box.until(() => box.standing("ada").find(({ text }) => text.includes("waits to be let in")));
  expect(shown.text.split("`")[1]).toBe("**[press me](https://evil.example)** /approve");
});

test("one delivery with a claim and what follows it is accepted whole", async () => {
  box = await startBox({ access: { access: "pairing" }, stub: { listens: true } });
  const code = await claim();
  const from = { chat: "ada", from: "ada" };
  for (const [id, text] of [`/start ${code}`, "hello", "and again"].entries()) {
    box.platform.push({ id: `p${id}`, text, ...from });
  }
  await told("You run this bot now");
  await told("You said: hello");
  await box.until(async () => ((await box.heard()).join().includes("and again") ? true : undefined));
});

test("whoever claims a bot hears so, although what they write with it has to wait for Letta", async () => {
  box = await startBox({
    access: { access: "pairing" },
    stub: { listens: true },
    // Nobody answers there.
    lettaUrl: () => "http://127.0.0.1:1",
  });
  const code = await claim();
  for (const [id, text] of [`/start ${code}`, "hello"].entries()) {
    box.platform.push({ id: `p${id}`, text, chat: "ada", from: "ada" });
  }
  await told("You run this bot now");
});

test("a flood of strangers fills nothing: three codes, no words, and silence for most", async () => {
  box = await open();
  const crowd = Array.from({ length: 40 }, (_, index) => `s${index}`);
  await Promise.all(crowd.flatMap((name) => [1, 2, 3].map((n) => write(`flood ${n}`, { chat: name, from: name }))));
  expect(await rows("SELECT count(*) AS n FROM admissions")).toEqual([{ n: 3 }]);
  expect(await rows("SELECT count(*) AS n FROM turns")).toEqual([{ n: 40 }]);
  expect(await rows("SELECT count(*) AS n FROM events WHERE payload LIKE '%flood%'")).toEqual([{ n: 0 }]);
  expect(await rows("SELECT count(*) AS n FROM events WHERE turn_id IS NULL AND payload IS NOT NULL")).toEqual([
    { n: 0 },
  ]);
  expect(await box.heard()).toEqual([]);
});

test("where everybody may talk, each has an agent of their own, unless the configuration has them share one", async () => {
  box = await startBox({ access: { access: "open", shareAgent: false } });
  await write("hello", stranger);
  await told("You said: hello", "eve");
  await write("hello too");
  await told("You said: hello too");
  const agents = await rows("SELECT DISTINCT agent_id FROM turns WHERE trigger = 'message'");
  expect(agents).toHaveLength(2);
  expect(await rows("SELECT count(*) AS n FROM own_agents WHERE agent_id IS NOT NULL")).toEqual([{ n: 2 }]);
});
