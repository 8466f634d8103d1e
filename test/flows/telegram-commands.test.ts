/** Commands and buttons on Telegram. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Shown } from "../support/telegram/judging.ts";
import { startTelegramBox, type TelegramBox } from "../support/telegram-box.ts";

let box: TelegramBox;
let ann: number;
let bob: number;
let later = 0;

beforeEach(async () => {
  later = 0;
  box = await startTelegramBox({
    bots: '{ telegram: { allow: ["700001", "700002"] } }',
    now: () => Date.now() + later,
  });
  ann = box.telegram.addPerson({ name: "Ann" });
  bob = box.telegram.addPerson({ name: "Bob" });
  box.telegram.say({ from: ann, text: `/claim ${await box.claim()}` });
  await box.told(ann, "You run this bot now");
});

afterEach(() => box.stop());

const say = (text: string, from = ann) => box.telegram.say({ from, text });
const press = (on: Shown, label: string, from = ann): string => box.telegram.press({ from, id: on.id, label });
const answerOf = (pressId: string): Promise<string> =>
  box.until(
    () =>
      box.telegram.presses().find(({ id, answer }) => id === pressId && answer !== undefined)?.answer?.text ??
      undefined,
  );
const edited = (on: Shown, words: string, chat = ann): Promise<Shown> =>
  box.until(() => box.said(chat).find(({ id, text }) => id === on.id && text.includes(words)));

test("the menu of the platform lists the commands, in the forms that it takes", () => {
  const names = Object.values(box.telegram.commands()).flatMap((list) => list.map(({ command }) => command));
  expect(names).toEqual(expect.arrayContaining(["help", "agents", "new", "stop"]));
  expect(names.every((name) => /^[a-z0-9_]{1,32}$/.test(name))).toBe(true);
});

test("/agents turns its pages in place, and a press leads the chat to another agent", async () => {
  await box.letta.add("Ada", "Bert", "Cleo", "Dora", "Emil", "Fred", "Gus", "Hal");
  say("/agents");
  const list = await box.told(ann, "This chat talks to");
  expect(list.buttons.flat()).toContain("More ›");
  press(list, "More ›");
  const second = await edited(list, "(7–9 of 9)");
  expect(second.buttons.flat()).toContain("‹ Back");
  const choice = second.buttons.flat()[0] ?? "";
  press(second, choice);
  await edited(list, choice);
  await box.quiet();
  expect(box.said(ann)).toHaveLength(2);
  say("hello you");
  await box.told(ann, "You said: hello you");
  expect(box.rows("SELECT agent_name FROM turns WHERE trigger = 'message'")).toEqual([{ agent_name: choice }]);
});

test("a button obeys whom it was shown to: others are told so, and nothing happens", async () => {
  const club = box.telegram.addGroup({ title: "Club", people: [ann, bob], bot: "member" });
  await box.letta.add("Ada", "Bert", "Cleo", "Dora", "Emil", "Fred", "Gus", "Hal");
  box.telegram.say({ from: ann, chat: club, text: "/agents@box_bot" });
  const list = await box.told(club, "This chat talks to");
  const foreign = box.telegram.press({ from: bob, chat: club, id: list.id, label: "More ›" });
  expect(await answerOf(foreign)).not.toBe("");
  await box.quiet();
  expect(box.said(club).find(({ id }) => id === list.id)?.isEdited).toBe(false);
});

test("a button that is too old, or that was never there, is answered with a word", async () => {
  await box.letta.add("Ada", "Bert", "Cleo", "Dora", "Emil", "Fred", "Gus", "Hal");
  say("/agents");
  const list = await box.told(ann, "This chat talks to");
  const forged = box.telegram.press({ from: ann, id: list.id, data: "0123456789abcdef0123456789abcdef/0" });
  expect(await answerOf(forged)).not.toBe("");
  later = 61 * 60_000;
  expect(await answerOf(press(list, "More ›"))).not.toBe("");
  await box.quiet();
  expect(box.said(ann).find(({ id }) => id === list.id)?.isEdited).toBe(false);
});

test("a tool call is allowed with a button, the notice says so in place", async () => {
  say("demo ask for the roses", bob);
  const notice = await box.told(ann, "wants to use");
  await box.told(bob, "the operator has to allow");
  press(notice, "Approve");
  await box.told(bob, "for the roses");
  expect((await edited(notice, "Approved by Ann")).buttons).toEqual([]);
});

test("commands are known in all their forms, and one that is none gets the nearest", async () => {
  say("/WhoAmI@BOX_BOT");
  await box.told(ann, "You are an operator");
  say("/statsu");
  await box.told(ann, "Did you mean `/status`?");
  say("/whoami@other_bot");
  await box.quiet();
  expect(box.letta.posts()).toEqual([]);
});

test("who may not use a command is told who may", async () => {
  say("/agents", bob);
  await box.told(bob, "may use `/agents`");
  say("/approve 1", bob);
  await box.told(bob, "only the operator of this bot may use `/approve`");
});
