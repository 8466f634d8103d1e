/** Tool calls that an agent may not make by itself, decided by operators in their chats. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { makeOperator } from "../support/operators.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, shown, press, told, textsIn } = talkWith(() => box);

const stub = { choices: { max: 8, labelMax: 64 }, textMax: 2_000 };

/** Ada has claimed the bot, and whoever else is named; Bob talks to it. */
const open = async (...operators: readonly string[]) => {
  for (const name of ["ada", ...operators]) {
    await write("hello", { chat: name, from: name });
    await told("You said: hello", name);
    await makeOperator(box.dataDir, name);
  }
};

const ask = (words = "demo ask for it", from = "bob") => write(words, { chat: from, from });

const count = (words: string, chat = "ada"): number => textsIn(chat).filter((text) => text.includes(words)).length;

beforeEach(async () => {
  box = await startBox({ stub });
});

afterEach(() => box.stop());

test("the chat that asked is told once, the operator decides with a button, and the notice becomes what was decided", async () => {
  await open();
  await ask();
  await told("wants to do something that the operator has to allow", "bob");
  const notice = await shown("wants to use");
  expect(notice.text).toContain("for bob");
  expect(notice.text).toContain("Without an answer within 10 minutes it is denied.");
  await press(notice, "Approve");
  await told("for it", "bob");
  const after = await box.until(() =>
    box.standing("ada").find(({ id, text }) => id === notice.id && text.includes("Approved by ada")),
  );
  expect(after.choices).toBeUndefined();
  expect(count("Approved by ada")).toBe(1);
  expect(textsIn("bob")).toHaveLength(2);
});

test("a denial with a reason reaches the agent, and buttons after it do nothing", async () => {
  await open();
  await ask();
  const notice = await shown("wants to use");
  await write("/deny not on my machine");
  await box.until(() => box.standing("ada").find(({ id, text }) => id === notice.id && text.includes("Denied by ada")));
  await press(notice, "Approve");
  await told("Too late: that was decided before");
  await box.until(() => (textsIn("bob").length === 2 ? true : undefined));
  const rows = await readIndependently(box.dataDir, "SELECT approve, reason, decided_by FROM approvals");
  expect(rows).toEqual([{ approve: 0, reason: "not on my machine", decided_by: "person:1" }]);
});

test("of two operators who press at once one decides, and both see what", async () => {
  await open("eve");
  await ask();
  const [one, other] = [await shown("wants to use", "ada"), await shown("wants to use", "eve")];
  await Promise.all([press(one, "Approve", { times: 2 }), press(other, "Deny")]);
  await box.until(async () => {
    const [row] = await readIndependently<{ by: string | null }>(
      box.dataDir,
      "SELECT decided_by AS by FROM approvals WHERE decided_at IS NOT NULL",
    );
    return row;
  });
  const decided = (chat: string) =>
    box.until(() => box.standing(chat).find(({ text, choices }) => /(Approved|Denied) by/.test(text) && !choices));
  const words = [await decided("ada"), await decided("eve")].map(
    ({ text }) => /(Approved|Denied) by \w+/.exec(text)?.[0],
  );
  expect(words[0]).toBe(words[1] ?? "");
  await box.until(() =>
    count("Too late") + count("Too late", "eve") <= 1 && textsIn("bob").length === 2 ? 1 : undefined,
  );
});

test("a button works after a restart, and the operator is not asked twice", async () => {
  await open();
  await ask();
  const notice = await shown("wants to use");
  await box.restart({ drainMs: 1 });
  await press(notice, "Approve");
  await told("for it", "bob");
  await box.until(() =>
    box.standing("ada").find(({ id, text }) => id === notice.id && text.includes("Approved by ada")),
  );
  expect(box.platform.taken().filter(({ text }) => text.includes("May it?"))).toHaveLength(1);
  expect(count("has to allow", "bob")).toBe(1);
});

test("when nobody decides in time the notice says so, and a press too", async () => {
  await box.restart({ timing: { approvalMs: 400 } });
  await open();
  await ask();
  // The buttons may be gone before anybody sees them.
  const { id } = await box.until(() => box.standing("ada").find(({ text }) => text.includes("Nobody decided in time")));
  const notice = box.platform.taken().find(({ text }) => text.includes("May it?"));
  if (!notice) throw new Error("nobody was asked");
  expect(count("May it?")).toBe(0);
  await press({ ...notice, id, preview: false }, "Approve");
  await told("Too late");
  const rows = await readIndependently(box.dataDir, "SELECT approve, decided_by FROM approvals");
  expect(rows).toEqual([{ approve: 0, decided_by: null }]);
});

test("a decision through the API and a stop stand in the notice as well", async () => {
  await open();
  await ask();
  const first = await shown("wants to use");
  const { turns } = (await (await box.app().call("/api/v1/turns")).json()) as {
    turns: { turnId: string; state: string }[];
  };
  const turn = turns.find(({ state }) => state === "waiting");
  await box.app().call(`/api/v1/turns/${turn?.turnId}/approval`, { method: "POST", body: '{"approve":true}' });
  await box.until(() =>
    box.standing("ada").find(({ id, text }) => id === first.id && text.includes("through the API")),
  );
  await ask("demo ask again");
  const second = await shown("wants to use");
  await write("/stop", { chat: "bob", from: "bob" });
  await box.until(() =>
    box.standing("ada").find(({ id, text }) => id === second.id && text.includes("stopped before anybody decided")),
  );
});

test("/approve lists what waits, with buttons; the number and the button decide", async () => {
  await open();
  await write("/approve");
  await told("Nothing waits for a decision");
  await ask();
  await box.until(() => (count("May it?") === 1 ? true : undefined));
  await ask("demo ask too", "carl");
  await box.until(() => (count("May it?") === 2 ? true : undefined));
  await write("/approve");
  const list = await shown("**1**:");
  expect(list.choices?.map(({ label }) => label)).toEqual(["Approve 1", "Deny 1", "Approve 2", "Deny 2"]);
  await press(list, "Approve 2");
  await told("too", "carl");
  await write("/approve 7");
  await told("Nothing that waits is called `7`");
  await write("/deny 1 no");
  await box.until(() => (textsIn("bob").length === 2 ? true : undefined));
  await write("/deny 1");
  await told("Too late: that was decided before");
});

test("whoever is no operator decides nothing, and is told who may", async () => {
  await open();
  await ask();
  await shown("wants to use");
  await write("/approve 1", { chat: "bob", from: "bob" });
  await told("only the operator of this bot may use `/approve`", "bob");
  await write("/deny", { chat: "carl", from: "carl" });
  await told("only the operator of this bot may use `/deny`", "carl");
  const rows = await readIndependently(box.dataDir, "SELECT approve FROM approvals");
  expect(rows).toEqual([{ approve: null }]);
  await write("/approve 1");
  await told("for it", "bob");
});

test("an operator who asked is asked in the same chat, with buttons only", async () => {
  await open();
  await ask("demo ask for me", "ada");
  await press(await shown("wants to use"), "Approve");
  await told("for me");
  expect(count("the operator has to allow")).toBe(0);
});
