/** Nothing is lost on Telegram and nothing said twice, whatever is delivered how often and whenever lettabox stops. */
import { afterEach, expect, test } from "bun:test";
import { startTelegramBox, type TelegramBox, ways } from "../support/telegram-box.ts";

let box: TelegramBox;
let ann: number;

const open = async (options: Parameters<typeof startTelegramBox>[0] = {}): Promise<void> => {
  box = await startTelegramBox(options);
  ann = box.telegram.addPerson({ name: "Ann" });
};

afterEach(() => box.stop());

const say = (text: string) => box.telegram.say({ from: ann, text });
const answers = (): readonly string[] =>
  box
    .said(ann)
    .filter(({ isDraft }) => !isDraft)
    .map(({ text }) => text);

test.each(ways)("the same update three times, also around a restart, is one answer (by %s)", async (way) => {
  await open({ way });
  say("hello");
  const update = box.telegram.again();
  await box.told(ann, "You said: hello");
  box.telegram.again(update);
  await box.quiet();
  await box.whileAway(() => box.telegram.again(update));
  await box.quiet();
  box.telegram.again(update);
  await box.quiet();
  expect(answers()).toHaveLength(1);
  expect(box.letta.posts()).toHaveLength(1);
});

test("switching between polling and webhook over restarts loses nothing and repeats nothing", async () => {
  await open({ way: "polling" });
  say("one");
  await box.told(ann, "You said: one");
  await box.whileAway(() => say("two"), { way: "webhook" });
  await box.told(ann, "You said: two");
  expect(box.telegram.webhook()).toMatchObject({ hasSecret: true });
  await box.whileAway(() => say("three"), { way: "polling" });
  await box.told(ann, "You said: three");
  expect(box.telegram.webhook()).toBeUndefined();
  await box.whileAway(() => say("four"), { way: "webhook" });
  await box.told(ann, "You said: four");
  await box.quiet();
  expect(answers()).toHaveLength(4);
  expect(box.telegram.copies()).toEqual([]);
});

test("a stop in the middle of an answer goes on with it, and the draft of before is not left", async () => {
  await open({ drainMs: 1 });
  say("demo slow 150 that was it");
  await box.until(() => box.telegram.drafts(ann)[0]);
  await box.restart();
  await box.told(ann, "that was it");
  await box.quiet();
  expect(answers()).toHaveLength(1);
  expect(box.letta.posts()).toHaveLength(1);
});

test("an answer of several messages goes on where it was, when the platform's limit outlasts lettabox", async () => {
  await open();
  box.telegram.fault({ kind: "no_rich", times: "always" });
  box.telegram.fault({ kind: "limit", seconds: 2, method: "sendMessage", skip: 1 });
  say("demo flood 9000 that was it");
  await box.until(() =>
    box.rows("SELECT 1 FROM outbox WHERE error_code = 'send_limited'").length > 0 ? true : undefined,
  );
  await box.restart();
  await box.told(ann, "that was it");
  await box.quiet();
  expect(answers().length).toBeGreaterThan(2);
  expect(box.telegram.copies()).toEqual([]);
  expect(box.rows("SELECT 1 FROM outbox WHERE ambiguous")).toEqual([]);
});

test("in a group the preview of before the stop becomes the answer", async () => {
  await open({ drainMs: 1 });
  const { telegram } = box;
  const club = telegram.addGroup({ title: "Club", people: [ann] });
  telegram.addBot({ chat: club, by: ann });
  await box.told(club, "Hello.");
  telegram.say({ from: ann, chat: club, text: "demo slow 150 that was it", mention: true });
  // Known here, not only there: of one that a kill cut off before that nobody knows.
  await box.until(() => box.rows("SELECT 1 FROM turns WHERE preview_id IS NOT NULL")[0]);
  await box.restart();
  await box.told(club, "that was it");
  await box.quiet();
  expect(box.said(club)).toHaveLength(2);
  expect(box.letta.posts()).toHaveLength(1);
});

test("what was pressed while lettabox was away counts when it is back", async () => {
  await open({ bots: '{ telegram: { allow: ["700001"] } }' });
  say(`/claim ${await box.claim()}`);
  await box.told(ann, "You run this bot now");
  await box.letta.add("Ada", "Bert", "Cleo", "Dora", "Emil", "Fred", "Gus");
  say("/agents");
  const list = await box.told(ann, "This chat talks to");
  await box.whileAway(() => box.telegram.press({ from: ann, id: list.id, label: "More ›" }));
  await box.until(() => box.said(ann).find(({ id, text }) => id === list.id && text.includes("(7–8 of 8)")));
});

test("a stop does not wait until the platform may be asked again", async () => {
  await open();
  // A stop that waited for it would outlast the test.
  box.telegram.fault({ kind: "limit", seconds: 3_600, method: "getUpdates" });
  say("hello");
  await box.until(() => (box.app().log().includes("telegram.poll-failed") ? true : undefined));
  await box.whileAway(() => box.telegram.noFaults());
  await box.told(ann, "You said: hello");
});

test("whoever calls the webhook without its secret is nobody", async () => {
  await open({ way: "webhook" });
  const body = JSON.stringify({ update_id: 1, message: { message_id: 1, date: 1, chat: { id: 1, type: "private" } } });
  for (const secret of ["", "wrong"]) {
    const headers = { "x-telegram-bot-api-secret-token": secret, host: "box.example" };
    const { status } = await fetch(`${box.app().url}/webhooks/telegram`, { method: "POST", headers, body });
    expect(status).toBe(401);
  }
  expect(box.rows("SELECT 1 FROM events")).toEqual([]);
});

test("a token that is refused is said so without the token, and the API goes on", async () => {
  await open();
  await box.app().stop();
  box.telegram.fault({ kind: "refuse", method: "*", code: 401, description: "Unauthorized", times: "always" });
  await box.restart();
  await box.until(() => (box.app().log().includes("bot_rejected") ? true : undefined));
  expect((await box.app().chat({ message: "hello" })).status).toBe(200);
});
