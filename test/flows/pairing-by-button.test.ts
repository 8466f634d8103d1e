/** People and groups that wait to be let in, decided by operators in their chats. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { knownTo } from "../support/known.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, shown, press, told, textsIn } = talkWith(() => box);
const { claim, codeOf } = knownTo(() => box);

beforeEach(async () => {
  box = await startBox({
    access: { access: "pairing" },
    stub: { choices: { max: 8, labelMax: 64 }, textMax: 2_000 },
  });
  await write(`/start ${await claim()}`);
  await told("You run this bot now");
});

afterEach(() => box.stop());

const bob = { chat: "bob", from: "bob" };

test("a stranger is let in with a button, hears of it, and the operator's message says so in place", async () => {
  await write("hello", bob);
  await codeOf("bob");
  const notice = await shown("wants to talk to me");
  await press(notice, "Approve", { times: 3 });
  await told("You are let in", "bob");
  const after = await box.until(() =>
    box.standing("ada").find(({ id, text }) => id === notice.id && text.includes("is let in")),
  );
  expect(after.choices).toBeUndefined();
  await write("hello again", bob);
  await told("You said: hello again", "bob");
  expect(textsIn("bob").filter((text) => text.includes("You are let in"))).toHaveLength(1);
});

test("a code decides by words as well, and a code that nobody waits with says so", async () => {
  await write("hello", bob);
  const code = await codeOf("bob");
  await write("/approve");
  expect((await shown(`**${code}**`)).choices?.map(({ label }) => label)).toEqual([`Approve ${code}`, `Deny ${code}`]);
  await write(`/deny ${code.toLowerCase()}`);
  await told("has not let you in", "bob");
  await write(`/approve ${code}`);
  await told("Nobody waits with this code");
});

test("a stranger cannot decide about themselves", async () => {
  await write("hello", bob);
  const code = await codeOf("bob");
  await write(`/approve ${code}`, bob);
  await write("/whoami");
  await told("You are an operator");
  expect(textsIn("bob").join()).not.toContain("let in:");
  await write(`/approve ${code}`);
  await told("You are let in", "bob");
});
