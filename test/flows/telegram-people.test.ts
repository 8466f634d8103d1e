/** Who may talk on Telegram: from a bot token to people who chat, and everybody who is kept out. */
import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runHere } from "../support/program.ts";
import { startTelegramBox, type TelegramBox, type TelegramBoxOptions, ways } from "../support/telegram-box.ts";

let box: TelegramBox;
let ann: number;
let bob: number;

const open = async (options: TelegramBoxOptions): Promise<void> => {
  box = await startTelegramBox(options);
  ann = box.telegram.addPerson({ name: "Ann", username: "ann_of_it" });
  bob = box.telegram.addPerson({ name: "Bob", username: "bob_by" });
};

afterEach(() => box.stop());

const say = (from: number, text: string) => box.telegram.say({ from, text });
const texts = (chat: number): readonly string[] => box.said(chat).map(({ text }) => text);

/** Ann opens the claim link that the start prints. */
const claim = async (): Promise<void> => {
  const [printed] = await box.app().app.claims();
  const payload = /^https:\/\/t\.me\/box_bot\?start=([\w-]+)$/.exec(printed?.link ?? "")?.[1];
  say(ann, `/start ${payload}`);
  await box.told(ann, "You run this bot now");
};

const codeIn = async (chat: number): Promise<string> => {
  const { text } = await box.told(chat, "Your code is");
  return /`([A-HJ-NP-Z2-9]{8})`/.exec(text)?.[1] ?? "";
};

const lettabox = (...args: readonly string[]) =>
  runHere(args, { cwd: box.dataDir, env: { DATA_DIR: box.dataDir, PORT: new URL(box.app().url).port } });

describe.each(ways)("by %s", (way) => {
  test("whoever opens the claim link chats at once, and the link works once", async () => {
    await open({ way, bots: "{}" });
    await claim();
    say(ann, "hello");
    const { text } = await box.told(ann, "You said: hello");
    expect(text).toContain("demo agent");
    expect(await box.app().app.claims()).toEqual([]);
    const used = box.telegram.taken(ann).length;
    expect(used).toBeGreaterThan(1);
    expect(box.telegram.webhook() === undefined).toBe(way === "polling");
  });

  test("a stranger gets a code, and nothing is asked of Letta for them, until a button lets them in", async () => {
    await open({ way, bots: "{}" });
    await claim();
    await box.quiet();
    const before = box.letta.asked().length;
    box.telegram.photo({ from: bob, caption: "let me in, my password is hunter2" });
    await codeIn(bob);
    say(bob, "hello?");
    await box.quiet();
    expect(box.letta.asked().slice(before)).toEqual([]);
    expect(texts(bob)).toHaveLength(1);
    expect(box.telegram.log().filter(({ method }) => method === "getFile" || method === "download")).toEqual([]);
    expect(JSON.stringify(box.rows("SELECT * FROM events"))).not.toContain("hunter2");

    const notice = await box.told(ann, "wants to talk to me");
    expect(notice.buttons.flat()).toEqual(["Approve", "Deny"]);
    box.telegram.press({ from: ann, id: notice.id, label: "Approve" });
    await box.told(bob, "You are let in");
    expect(
      (await box.until(() => box.said(ann).find(({ id, isEdited }) => id === notice.id && isEdited))).text,
    ).toContain("is let in");
    say(bob, "thank you");
    await box.told(bob, "You said: thank you");
    expect(await box.heard("thank you")).not.toContain("hunter2");
  });
});

test("whoever opens a link that is used up is greeted or asked like anybody, and becomes nobody", async () => {
  await open({ bots: "{}" });
  const code = await box.claim();
  say(ann, `/start ${code}`);
  await box.told(ann, "You run this bot now");
  say(ann, `/start ${code}`);
  await box.until(() => texts(ann)[1]);
  say(bob, `/start ${code}`);
  await codeIn(bob);
  expect(texts(ann)[1]).toStartWith("Hello Ann.");
  expect(box.rows("SELECT 1 FROM operators")).toHaveLength(1);
});

test("the command line lets a stranger in, and takes it back at once", async () => {
  await open({ bots: "{}" });
  await claim();
  say(bob, "hello");
  const code = await codeIn(bob);
  expect((await lettabox("pairing", "list")).out).toContain(code);
  expect(await lettabox("pairing", "approve", code)).toMatchObject({ code: 0, err: "" });
  await box.told(bob, "You are let in");
  say(bob, "demo slow 400 words");
  await box.until(() => box.telegram.drafts(bob)[0]);
  const people = await lettabox("people", "list");
  const number = /^(\d+) .*Bob/m.exec(people.out)?.[1] ?? "";
  expect(await lettabox("pairing", "revoke", number)).toMatchObject({ code: 0 });
  await box.quiet();
  const before = box.letta.asked().length;
  say(bob, "and now?");
  await box.quiet();
  expect(box.letta.asked().slice(before)).toEqual([]);
  expect(texts(bob).at(-1)).toStartWith("one two");
  expect(box.telegram.drafts(bob).filter(({ end }) => end === undefined)).toEqual([]);
});

test("with an allowlist those who are named talk, by number or by name, and others hear their number", async () => {
  await open({ bots: '{ telegram: { access: allowlist, allow: ["700001", "@BOB_by"] } }' });
  const eve = box.telegram.addPerson({ name: "Eve" });
  say(eve, "let me in");
  expect((await box.told(eve, "named")).text).toContain(`\`${eve}\``);
  await box.quiet();
  say(ann, "hello");
  say(bob, "hi");
  await Promise.all([box.told(ann, "You said: hello"), box.told(bob, "You said: hi")]);
  say(eve, "please");
  await box.quiet();
  expect(texts(eve)).toHaveLength(1);
  expect(box.letta.posts().join()).not.toContain("let me in");
});

test("a bot that is open gives each person an agent of their own", async () => {
  await open({ bots: "{ telegram: { access: open } }" });
  say(ann, "my name is Ann");
  say(bob, "hello from bob");
  await Promise.all([box.told(ann, "You said: my name"), box.told(bob, "You said: hello from bob")]);
  say(ann, "what is my name?");
  say(bob, "what is my name, then?");
  await Promise.all([box.told(ann, "Your name is Ann"), box.told(bob, "then?")]);
  expect(texts(bob).join()).not.toContain("Ann");
  const agents = box.rows<{ name: string }>("SELECT DISTINCT agent_id FROM own_agents");
  expect(agents).toHaveLength(2);
});

test("whoever is blocked by the operator is not even answered", async () => {
  await open({ bots: "{}" });
  await claim();
  say(bob, "hello");
  await lettabox("pairing", "deny", await codeIn(bob));
  await box.told(bob, "has not let you in");
  const number = /^(\d+) .*Bob/m.exec((await lettabox("people", "list")).out)?.[1] ?? "";
  expect(await lettabox("pairing", "block", number)).toMatchObject({ code: 0 });
  say(bob, "again");
  await box.quiet();
  expect(texts(bob)).toHaveLength(2);
});

test.each(ways)(
  "two bots in one process are two: claims, people and answers of one are none of the other (by %s)",
  async (way) => {
    const second = "220000001:AAa-second-bot-of-the-same_process";
    const tokens = (url: string) =>
      `{ telegram: {}, other: { channel: telegram, botToken: "${second}", apiRoot: "${url}" } }`;
    box = await startTelegramBox({ way, bots: "{}" });
    const { telegram } = box;
    const other = telegram.makeBot({ token: second, name: "Other", username: "other_bot" });
    ann = telegram.addPerson({ name: "Ann" });
    writeFileSync(join(box.dataDir, "lettabox.yaml"), "");
    await box.restart({ bots: tokens(telegram.url) });
    const claims = await box.app().app.claims();
    expect(claims.map(({ bot }) => bot).toSorted()).toEqual(["other", "telegram"]);
    const link = claims.find(({ bot }) => bot === "other")?.link ?? "";
    expect(link).toStartWith("https://t.me/other_bot?start=");
    telegram.say({ from: ann, bot: other.id, text: `/start ${link.split("=")[1]}` });
    await box.told(ann, "You run this bot now", other.id);
    say(ann, "hello one");
    await box.told(ann, "I do not know you yet");
    telegram.say({ from: ann, bot: other.id, text: "hello other" });
    await box.told(ann, "You said: hello other", other.id);
    await box.quiet();
    expect(box.letta.posts().join()).not.toContain("hello one");
    expect(box.app().log()).not.toContain(second);
  },
);
