import { expect, test } from "bun:test";
import fc from "fast-check";
import { isPrivate, messageOf, nameOf, type Place, placeOf, targetOf } from "./address.ts";

const place = fc.record(
  {
    chat: fc.integer({ min: -1_003_000_000_000, max: 2 ** 52 }),
    topic: fc.nat(),
    directTopic: fc.nat(),
    business: fc.stringMatching(/^[\w-]{1,20}$/),
    guest: fc.constant(true as const),
  },
  { requiredKeys: ["chat"] },
);

test("every place has a name of its own that leads back to it", () => {
  fc.assert(
    fc.property(place, (one) => {
      expect(placeOf({ chat: nameOf(one as Place) })).toEqual(one as Place);
    }),
  );
});

test("names are readable", () => {
  expect(nameOf({ chat: 42 })).toBe("42");
  expect(nameOf({ chat: -100_123, topic: 7 })).toBe("-100123/7");
  expect(nameOf({ chat: -100_123, directTopic: 7 })).toBe("-100123/dm-7");
  expect(nameOf({ chat: 42, business: "x" })).toBe("42/business-x");
});

test("what is no place or message of Telegram is refused", () => {
  for (const chat of ["", "ada", "@ada", "42/", "42/x", "4.2", "42/7/8"]) {
    expect(() => placeOf({ chat })).toThrow(expect.objectContaining({ code: "send_refused" }));
  }
  for (const id of ["", "draft:5", "-1", "x"]) {
    expect(() => messageOf(id)).toThrow(expect.objectContaining({ code: "send_refused" }));
  }
});

test("a place is sent to by all that makes it", () => {
  expect(targetOf({ chat: 42, topic: 7, business: "x" })).toEqual({
    chat_id: 42,
    message_thread_id: 7,
    business_connection_id: "x",
  });
});

test("only a person's own chat with the bot is private", () => {
  expect(isPrivate({ chat: 42, topic: 7 })).toBe(true);
  expect([{ chat: -42 }, { chat: 42, business: "x" }, { chat: 42, guest: true as const }].filter(isPrivate)).toEqual(
    [],
  );
});
