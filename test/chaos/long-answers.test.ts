import { expect, test } from "bun:test";
import { keysFor, type Taken } from "./long-answers.ts";

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${String(from + index).padStart(8, "0")} the quick brown fox`).join(
    "\n",
  );
const end = "that was zqa1q";
const one = (text: string, replyTo?: number, chat = "ann"): Taken => ({ chat, text, replyTo });

test("the messages of an answer are numbered, whatever is said in other chats meanwhile", () => {
  const taken = [one(lines(0, 3), 1), one("zqb1q", 1, "bob"), one(lines(3, 5)), one("Hello."), one(end)];
  expect(keysFor(taken)).toEqual(["zqa1q/0", "zqb1q/0", "zqa1q/1", "part 3/0", "zqa1q/2"]);
});

test("a copy has the key of what it copies", () => {
  const taken = [one(lines(0, 3), 1), one(lines(0, 3), 1), one(lines(3, 5)), one(lines(3, 5)), one(end), one(end)];
  expect(keysFor(taken)).toEqual(["zqa1q/0", "zqa1q/0", "zqa1q/1", "zqa1q/1", "zqa1q/2", "zqa1q/2"]);
});

test("a copy is one of the answer that is not at its end, not of one before it that says the same", () => {
  const earlier = [one(lines(0, 3), 1), one(lines(3, 5)), one(end)];
  const taken = [...earlier, one(lines(0, 3), 2), one(lines(3, 5)), one(lines(3, 5)), one("zqa2q"), one("zqa2q")];
  expect(keysFor(taken).slice(3)).toEqual(["zqa2q/0", "zqa2q/1", "zqa2q/1", "zqa2q/2", "zqa2q/2"]);
});

test("what is missing is a hole in the numbers, and so is what begins anew without being a copy", () => {
  expect(keysFor([one(lines(0, 3), 1), one(`${lines(4, 5)}${end}`)])).toEqual(["zqa1q/0", "zqa1q/2"]);
  expect(keysFor([one(lines(1, 3), 1), one(end)])).toEqual(["zqa1q/1", "zqa1q/2"]);
  const anew = [one(lines(0, 3), 1), one(lines(3, 5)), one(lines(0, 2)), one(end)];
  expect(keysFor(anew)).toEqual(["zqa1q/0", "zqa1q/1", "zqa1q/3", "zqa1q/4"]);
});

test("an answer that goes on after another one has begun is whole, and so is the other one", () => {
  const taken = [one(lines(0, 3), 1), one(lines(0, 3), 2), one(lines(3, 6)), one(end), one(lines(3, 6)), one("zqa2q")];
  expect(keysFor(taken)).toEqual(["zqa1q/0", "zqa2q/0", "zqa1q/1", "zqa1q/2", "zqa2q/1", "zqa2q/2"]);
});
