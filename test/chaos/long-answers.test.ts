import { expect, test } from "bun:test";
import { keysFor } from "./long-answers.ts";

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${String(from + index).padStart(8, "0")} the quick brown fox`).join(
    "\n",
  );
const inChat = (text: string, chat = "ann") => ({ chat, text });
const end = "that was zqa1q";

test("the messages of an answer are numbered, whatever is said in other chats meanwhile", () => {
  const taken = [inChat(lines(0, 3)), inChat("zqb1q", "bob"), inChat(lines(3, 5)), inChat("Hello."), inChat(end)];
  expect(keysFor(taken)).toEqual(["zqa1q/0", "zqb1q/0", "zqa1q/1", "part 3/0", "zqa1q/2"]);
});

test("a copy has the key of what it copies", () => {
  const taken = [lines(0, 3), lines(0, 3), lines(3, 5), end, end].map((text) => inChat(text));
  expect(keysFor(taken)).toEqual(["zqa1q/0", "zqa1q/0", "zqa1q/1", "zqa1q/2", "zqa1q/2"]);
});

test("what is missing is a hole in the numbers, and so is what begins anew", () => {
  expect(keysFor([inChat(lines(0, 3)), inChat(`${lines(4, 5)}${end}`)])).toEqual(["zqa1q/0", "zqa1q/2"]);
  const anew = [lines(0, 3), lines(3, 5), lines(0, 3), lines(3, 5), end].map((text) => inChat(text));
  expect(keysFor(anew)).toEqual(["zqa1q/0", "zqa1q/1", "zqa1q/3", "zqa1q/4", "zqa1q/5"]);
});
