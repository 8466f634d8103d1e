import { expect, test } from "bun:test";
import { createPace, type Placed } from "./pace.ts";

const limits = {
  bot: { burst: 3, everyMs: 100 },
  direct: { burst: 2, everyMs: 1_000 },
  group: { burst: 1, everyMs: 3_000 },
};

const place = (chat: number, more: Partial<Placed> = {}): Placed => ({ bot: 1, chat, kind: "direct", limits, ...more });

test("so many go at once, then one after another", () => {
  const pace = createPace();
  expect(pace.reserve(place(1), 0)).toBe(0);
  expect(pace.reserve(place(1), 0)).toBe(0);
  expect(pace.reserve(place(1), 0)).toBe(1_000);
  expect(pace.reserve(place(1), 400)).toBe(600);
  expect(pace.reserve(place(1), 1_000)).toBe(0);
  expect(pace.reserve(place(1), 1_000)).toBe(1_000);
});

test("who has rested goes at once again", () => {
  const pace = createPace();
  for (const at of [0, 0]) pace.reserve(place(1), at);
  for (const at of [10_000, 10_000]) expect(pace.reserve(place(1), at)).toBe(0);
});

test("a chat that waits keeps no other, but the bot's pace holds for all together, in the order they asked", () => {
  const pace = createPace();
  const group = (chat: number): Placed => place(chat, { kind: "group" });
  expect(pace.reserve(group(1), 0)).toBe(0);
  expect(pace.reserve(group(1), 0)).toBe(3_000);
  expect(pace.reserve(group(2), 0)).toBe(0);
  expect([3, 4, 5].map((chat) => pace.reserve(group(chat), 0))).toEqual([100, 200, 300]);
  expect(pace.reserve(place(6, { bot: 2 }), 0)).toBe(0);
});

test("a place that is not needed is somebody else's", () => {
  const pace = createPace();
  expect(pace.reserve(place(1), 0)).toBe(0);
  pace.giveBack(place(1));
  expect([1, 1].map((chat) => pace.reserve(place(chat), 0))).toEqual([0, 0]);
});

test("one limited chat limits nobody else; several within a moment mean the bot", () => {
  const pace = createPace();
  pace.limited(place(1), 5_000, 0);
  pace.limited(place(1), 5_000, 100);
  expect(pace.reserve(place(2), 200)).toBe(0);
  pace.limited(place(2), 5_000, 300);
  expect(pace.reserve(place(3), 400)).toBe(4_900);
  expect(pace.reserve(place(9, { bot: 2 }), 400)).toBe(0);
  expect(pace.reserve(place(3), 5_300)).toBe(0);
  pace.limited(place(4), 5_000, 10_000);
  pace.limited(place(5), 5_000, 13_000);
  expect(pace.reserve(place(6), 13_000)).toBe(0);
});
