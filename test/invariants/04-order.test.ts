import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { hold } = talkWith(() => box);

beforeAll(async () => {
  box = await startBox();
});

afterAll(() => box.stop());

const answerTo = (chat: string, text: string) =>
  box.until(() => box.standing(chat).find((one) => one.text.includes(text)));

const positions = (texts: readonly string[], words: readonly string[]): readonly number[] =>
  words.map((word) => texts.findIndex((text) => text.includes(word)));

test("messages of a group are answered one after the other, in the order they came", async () => {
  const words = ["alpha", "beta", "gamma"];
  for (const [index, word] of words.entries()) {
    await box.deliver({ id: `g${index}`, chat: "club", from: `p${index}`, group: true, text: `demo slow 2 ${word}` });
  }
  await answerTo("club", "gamma");
  expect(positions(await box.heard(), words)).toEqual([0, 1, 2]);
  expect(
    positions(
      box.standing("club").map((one) => one.text),
      words,
    ),
  ).toEqual([0, 1, 2]);
});

test("a lane runs one turn at a time: the busy conversation is never posted to", async () => {
  const ask = (chat: string) => box.app().chat({ message: `demo slow 2 ${chat}`, conversation: "default", chat });
  const answers = await Promise.all(["x", "y", "z"].map(ask));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  expect(box.app().log()).not.toContain("letta_busy");
  // It was waited for, not given up.
  expect(box.app().log()).not.toContain("turn.run-stuck");
});

test("a chat does not wait for another chat's slow answer", async () => {
  const release = await hold("I take my time", { chat: "sloth", from: "sloth" });
  await box.deliver({ id: "fast", chat: "hare", from: "hare", text: "I am quick" });
  await answerTo("hare", "quick");
  expect(box.standing("sloth")).toEqual([]);
  release();
  await answerTo("sloth", "my time");
});

test("what somebody adds in a direct chat while the agent answers becomes one next turn, whole", async () => {
  const release = await hold("first");
  for (const text of ["second", "third", "fourth"]) {
    await box.deliver({ id: text, chat: "ada", from: "ada", text });
  }
  release();
  await answerTo("ada", "fourth");
  expect(box.standing("ada")).toHaveLength(2);
  const heard = await box.heard();
  for (const text of ["second", "third", "fourth"]) expect(heard.filter((one) => one === text)).toHaveLength(1);
});

test("a turn that a restart left in the middle holds its lane until it is through", async () => {
  const send = (message: string) =>
    box.app().call("/api/v1/chat/async", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message, conversation: "default", chat: message.split(" ").at(-1) }),
    });
  const state = async (id: string) => {
    const turn = (await (await box.app().call(`/api/v1/turns/${id}`)).json()) as {
      state: string;
      runId: string | null;
    };
    return turn;
  };
  await box.restart({ drainMs: 1 });
  const { turnId } = (await (await send("demo slow 14 before")).json()) as { turnId: string };
  await box.until(async () => ((await state(turnId)).runId === null ? undefined : true));
  await box.restart({ timing: { stuckMs: 60_000 } });
  const { turnId: next } = (await (await send("after")).json()) as { turnId: string };
  await box.until(async () => ((await state(next)).state === "done" ? true : undefined));
  expect((await state(turnId)).state).toBe("done");
  expect(positions(await box.heard(), ["before", "after"])).toEqual(
    positions(await box.heard(), ["before", "after"]).toSorted((a, b) => a - b),
  );
  // The server would have said that it is busy, had anybody asked.
  expect(box.app().log()).not.toContain("letta_busy");
  // It was waited for, not given up.
  expect(box.app().log()).not.toContain("turn.run-stuck");
});
