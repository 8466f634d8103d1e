/** Groups on Telegram: how the bot comes in, whom it hears there, and what happens when the group moves or throws it out. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { startTelegramBox, type TelegramBox, ways } from "../support/telegram-box.ts";

let box: TelegramBox;
let ann: number;
let bob: number;
let club: number;

beforeEach(async () => {
  box = await startTelegramBox({ bots: '{ telegram: { allow: ["700001"] } }' });
  ann = box.telegram.addPerson({ name: "Ann" });
  bob = box.telegram.addPerson({ name: "Bob" });
  club = box.telegram.addGroup({ title: "The Club", people: [ann, bob] });
});

afterEach(() => box.stop());

const texts = (chat: number): readonly string[] => box.said(chat).map(({ text }) => text);
const called = (method: string) => box.telegram.log().filter((one) => one.method === method);

const join = async (): Promise<void> => {
  box.telegram.addBot({ chat: club, by: ann });
  await box.told(club, "Hello. Mention me");
};

const ask = (text: string, from = ann, chat = club) => box.telegram.say({ from, chat, text, mention: true });

test("added by somebody who may talk, it says hello, and answers whoever mentions or answers it", async () => {
  await join();
  box.telegram.say({ from: bob, chat: club, text: "just talking" });
  const asked = ask("what time is it?", bob);
  const answer = await box.told(club, "what time is it?");
  expect(answer.replyTo).toBe(asked.message_id);
  box.telegram.say({ from: bob, chat: club, text: "and tomorrow?", replyTo: answer.id });
  await box.told(club, "and tomorrow?");
  const posts = box.letta.posts().join();
  expect(posts).not.toContain("just talking");
  expect(posts).toContain('chat=\\"The Club\\" kind=\\"group\\" from=\\"Bob\\"');
  expect(posts).toContain('to-you=\\"yes\\"');
});

test("added by a stranger, it says once why it is silent, and an operator lets it in with a button", async () => {
  box.telegram.say({ from: ann, text: `/start ${await box.claim()}` });
  await box.told(ann, "You run this bot now");
  await box.quiet();
  const before = box.letta.asked().length;
  box.telegram.addBot({ chat: club, by: bob });
  await box.told(club, "Nobody has let me into this group yet");
  ask("hello?", bob);
  await box.quiet();
  expect(texts(club)).toHaveLength(1);
  expect(box.letta.asked()).toHaveLength(before);
  const notice = await box.told(ann, "The Club");
  box.telegram.press({ from: ann, id: notice.id, label: "Approve" });
  await box.told(club, "I am let into this group");
  ask("hello again", bob);
  await box.told(club, "You said: hello again");
});

test("while the agent writes the group sees it grow, and the last edit is the answer", async () => {
  await join();
  const asked = ask("demo slow 300 that was it");
  await box.until(() => called("editMessageText").length > 0 || undefined);
  const preview = box.said(club).at(-1);
  expect(preview?.replyTo).toBe(asked.message_id);
  const answer = await box.told(club, "that was it");
  expect(answer).toMatchObject({ id: preview?.id ?? 0, isEdited: true });
  expect(texts(club)).toHaveLength(2);
  expect(box.telegram.taken(club).filter(({ kind }) => kind === "draft")).toEqual([]);
  // The answer itself waits for nothing.
  const shown = box.telegram.taken(club).slice(1, -1);
  const gaps = shown.slice(1).map(({ at }, place) => at - (shown[place]?.at ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
});

test.each(ways)(
  "a group that is upgraded keeps its conversation, and answers go to its new address (by %s)",
  async (way) => {
    if (way === "webhook") await box.restart({ way });
    await join();
    ask("before");
    await box.told(club, "You said: before");
    const now = box.telegram.upgrade(club);
    await box.until(() => box.rows("SELECT 1 FROM chats WHERE key = 'telegram:" + String(now) + "'")[0]);
    ask("after", bob, now);
    await box.told(now, "You said: after");
    expect(box.rows("SELECT DISTINCT chat_id, conversation_id FROM turns WHERE trigger = 'message'")).toHaveLength(1);
  },
);

test("an upgrade while the answer is shown as it grows: the whole of it comes to the new address", async () => {
  await join();
  ask("demo slow 300 that was it");
  await box.until(() => box.said(club)[1]);
  const now = box.telegram.upgrade(club);
  await box.told(now, "that was it");
  await box.quiet();
  expect(texts(now)).toHaveLength(1);
});

test("an answer that was accepted before the upgrade and sent after it goes to the new address, once", async () => {
  await join();
  box.telegram.fault({ kind: "slow", ms: 600, method: "sendChatAction" });
  ask("demo slow 40 late words");
  await box.heard("late words");
  const now = box.telegram.upgrade(club);
  await box.told(now, "late words");
  await box.quiet();
  expect(texts(now).filter((text) => text.includes("late words"))).toHaveLength(1);
  ask("and now?", ann, now);
  await box.told(now, "You said: and now?");
});

test("a move that only the refusal of a send tells of is followed as well", async () => {
  await join();
  const now = box.telegram.addGroup({ title: "The Club", kind: "supergroup", people: [ann, bob], bot: "member" });
  box.telegram.fault({ kind: "migrated", to: now, chat: club, times: "always" });
  ask("where are you?");
  await box.told(now, "You said: where are you?");
  ask("here?", ann, now);
  await box.told(now, "You said: here?");
  expect(box.rows("SELECT 1 FROM chats WHERE key LIKE 'telegram:-%'")).toHaveLength(1);
});

test("thrown out in the middle of an answer, it gives the answer up and has to be let in anew", async () => {
  await join();
  ask("demo slow 80 too late");
  await box.heard("too late");
  box.telegram.removeBot({ chat: club, by: bob });
  await box.quiet();
  expect(texts(club).join()).not.toContain("too late");
  box.telegram.addBot({ chat: club, by: bob });
  await box.until(() => texts(club).find((text) => text.includes("Nobody has let me into this group yet")));
});

test("commands for another bot are left alone, and its own may bear its name", async () => {
  await join();
  box.telegram.say({ from: bob, chat: club, text: "/whoami@other_bot" });
  box.telegram.say({ from: bob, chat: club, text: "/whoami@box_bot" });
  await box.told(club, "Bob");
  await box.quiet();
  expect(texts(club)).toHaveLength(2);
  expect(box.letta.posts()).toEqual([]);
});

test("a message that calls the bot only after an edit is answered", async () => {
  await join();
  const said = box.telegram.say({ from: bob, chat: club, text: "what time is it" });
  box.telegram.edit({ from: bob, chat: club, id: said.message_id, text: "@box_bot what time is it" });
  await box.told(club, "You said: what time is it");
});

test("what looks like a command for somebody else's bot is nobody's business in a group", async () => {
  await join();
  box.telegram.say({ from: bob, chat: club, text: "/weather" });
  await box.quiet();
  expect(texts(club)).toHaveLength(1);
  expect(box.letta.posts()).toEqual([]);
});

test("buttons in a topic work in that topic", async () => {
  const { telegram } = box;
  telegram.say({ from: ann, text: `/start ${await box.claim()}` });
  await box.told(ann, "You run this bot now");
  await box.letta.add("Ada", "Bert", "Cleo", "Dora", "Emil", "Fred", "Gus");
  const forum = telegram.addGroup({ title: "Forum", people: [ann], hasTopics: true });
  telegram.addBot({ chat: forum, by: ann });
  await box.told(forum, "Hello.");
  const roses = telegram.addTopic(forum, "Roses");
  telegram.say({ from: ann, chat: forum, thread: roses, text: "/agents@box_bot" });
  const list = await box.told(forum, "This chat talks to");
  expect(list.thread).toBe(roses);
  telegram.press({ from: ann, chat: forum, id: list.id, label: "More ›" });
  const second = await box.until(() => box.said(forum).find(({ id, isEdited }) => id === list.id && isEdited));
  expect(second.buttons.flat()).toContain("‹ Back");
});

test("in a channel the bot keeps silent", async () => {
  const { telegram } = box;
  const news = telegram.addGroup({ title: "News", kind: "channel", people: [ann] });
  telegram.addBot({ chat: news, by: ann, as: "administrator" });
  telegram.say({ from: ann, chat: news, text: "hello @box_bot" });
  await box.quiet();
  expect(texts(news)).toEqual([]);
  expect(box.letta.posts()).toEqual([]);
});

test("only administrators set what the group hears, and never more than the operator allows", async () => {
  await join();
  box.telegram.say({ from: bob, chat: club, text: "/group@box_bot mode disabled" });
  await box.told(club, "administrator");
  const cleo = box.telegram.addPerson({ name: "Cleo" });
  box.telegram.join(club, cleo);
  box.telegram.promote(club, cleo);
  box.telegram.say({ from: cleo, chat: club, text: "/group@box_bot mode open" });
  await box.quiet();
  expect(box.rows("SELECT mode FROM chat_settings WHERE mode IS NOT NULL AND mode <> 'mention-only'")).toEqual([]);
  box.telegram.say({ from: cleo, chat: club, text: "/group@box_bot mode disabled" });
  await box.until(() => box.rows("SELECT 1 FROM chat_settings WHERE mode = 'disabled'")[0]);
  ask("anybody?", bob);
  await box.quiet();
  expect(box.letta.posts()).toEqual([]);
});
