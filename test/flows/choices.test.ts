/** Buttons: whose they are, how long, and what stands in their place where a platform has none. */
import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { makeOperator } from "../support/operators.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, shown, press, told, textsIn } = talkWith(() => box);

afterEach(() => box.stop());

const buttons = { choices: { max: 8, labelMax: 64 }, textMax: 1_000 };

/** How often these words stand in the chat. */
const count = (words: string, chat = "ada"): number => textsIn(chat).filter((text) => text.includes(words)).length;

const wordTo = (pressId: string) => box.until(() => box.platform.pressed().find(({ id }) => id === pressId));

test("a press does what its button says, and the platform hears that it came", async () => {
  box = await startBox({ stub: buttons });
  await write("/start");
  const pressId = await press(await shown("Hello"), "Status");
  expect(await told("This chat talks to")).toContain("Letta works.");
  expect(await wordTo(pressId)).toEqual({ id: pressId });
  expect(count("Hello")).toBe(1);
});

test("a press that is delivered three times acts once", async () => {
  box = await startBox({ stub: buttons });
  await write("/start");
  await press(await shown("Hello"), "Status", { times: 3 });
  await told("This chat talks to");
  await write("and?");
  await told("You said: and?");
  expect(count("This chat talks to")).toBe(1);
});

test("a button obeys nobody else, and in no other chat", async () => {
  box = await startBox({ stub: buttons });
  await write("/start");
  const menu = await shown("Hello");
  await write("hello", { chat: "bob", from: "bob" });
  await told("You said: hello", "bob");
  const byBob = await press(menu, "Status", { from: "bob" });
  expect((await wordTo(byBob)).word).toBe("This button is for somebody else.");
  const elsewhere = await press(menu, "Status", { chat: "bob", from: "bob" });
  expect((await wordTo(elsewhere)).word).toBe("This button does nothing any more.");
  await write("and?");
  await told("You said: and?");
  expect(count("This chat talks to") + count("This chat talks to", "bob")).toBe(0);
});

test("what somebody else wrote and is passed on is no command, and answers no list", async () => {
  box = await startBox({ stub: { choices: { max: 0, labelMax: 0 }, textMax: 1_000 } });
  await write("/start");
  await told("Answer with a number");
  await write("1", { forwardedFrom: "Cleo" });
  await told("You said: 1");
  await write("/whoami", { forwardedFrom: "Cleo" });
  await told("You said: /whoami");
});

test("in a group a button is theirs who asked for it", async () => {
  box = await startBox({ stub: buttons });
  await write("/start", { chat: "club", group: true });
  const menu = await shown("Hello", "club");
  const byBob = await press(menu, "Status", { from: "bob", group: true });
  expect((await wordTo(byBob)).word).toBe("This button is for somebody else.");
  await press(menu, "Status", { from: "ada", group: true });
  await told("This chat talks to", "club");
  expect(count("This chat talks to", "club")).toBe(1);
});

test("a button is good for an hour", async () => {
  const clock = { skew: 0 };
  box = await startBox({ stub: buttons, now: () => Date.now() + clock.skew });
  await write("/start");
  const menu = await shown("Hello");
  clock.skew = 3_601_000;
  const late = await press(menu, "Status");
  expect((await wordTo(late)).word).toBe("This button is too old.");
  await write("/start");
  await told("Hello");
  expect(count("This chat talks to")).toBe(0);
});

test("what names no button of ours is ignored, and its reason is kept", async () => {
  box = await startBox({ stub: buttons });
  for (const choice of ["", "x", `${"0".repeat(32)}/1`, "'; DROP TABLE turns; --"]) {
    const id = `odd-${choice}`;
    await box.deliver({ id, chat: "ada", from: "ada", text: "", kind: "press", choice, pressId: id });
    expect((await wordTo(id)).word).toBe("This button does nothing any more.");
  }
});

test("where buttons have no room, a number as the next message stands for a choice", async () => {
  box = await startBox({ stub: { choices: { max: 0, labelMax: 0 }, textMax: 1_000 } });
  await write("/start");
  const text = await told("Answer with a number from 1 to 2");
  expect(text).toContain("1. Status\n2. Commands");
  await write("1");
  await told("This chat talks to");
  // The list is answered: another number is a message like any other.
  await write("2");
  await told("You said: 2");
  expect(await box.heard()).toEqual(["2"]);
});

test("a number is no answer once something else was said, to somebody else's list, or beyond the list", async () => {
  box = await startBox({ stub: { choices: { max: 0, labelMax: 0 } } });
  await write("/start");
  await told("Answer with a number");
  await write("hello");
  await told("You said: hello");
  await write("1");
  await told("You said: 1");
  await write("/start");
  await box.until(() => (count("Answer with a number") === 2 ? true : undefined));
  await write("7");
  await told("You said: 7");
  await write("/start", { chat: "club", group: true });
  await told("Answer with a number", "club");
  await write("1", { chat: "club", from: "bob", group: true });
  await told("You said: 1", "club");
  await write("1", { chat: "club", group: true });
  await told("This chat talks to", "club");
});

test("two numbers at once are one answer and one message", async () => {
  box = await startBox({ stub: { choices: { max: 0, labelMax: 0 } } });
  await write("/start");
  await told("Answer with a number");
  await Promise.all([write("1"), write("1")]);
  await told("This chat talks to");
  await told("You said: 1");
  expect(count("This chat talks to")).toBe(1);
});

test("a list outlives a restart", async () => {
  box = await startBox({ stub: { choices: { max: 0, labelMax: 0 } } });
  await write("/start");
  await told("Answer with a number");
  await box.restart();
  await write("1.");
  await told("This chat talks to");
});

test("only operators are shown the button for agents", async () => {
  box = await startBox({ stub: buttons });
  await write("hello");
  await told("You said: hello");
  await makeOperator(box.dataDir, "ada");
  await write("/start");
  const menu = await shown("You are an operator");
  expect(menu.choices?.map(({ label }) => label)).toEqual(["Status", "Commands", "Agents"]);
  await write("/start", { chat: "bob", from: "bob" });
  const other = await shown("Hello", "bob");
  expect(other.choices?.map(({ label }) => label)).toEqual(["Status", "Commands"]);
});
