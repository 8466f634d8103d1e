import { describe, expect, test } from "bun:test";
import type { Message, Update } from "grammy/types";
import fc from "fast-check";
import type { Inbound } from "../../message.ts";
import { isUpdate, parse } from "./parse.ts";
import { ann, at, box, club, date, inClub, kinds, me, said } from "./test-updates.ts";

const take = (update: Partial<Update>): Inbound => parse({ update_id: 1_000, ...update }, me, at);
const hear = (message: Partial<Message>): Inbound => take({ message: said(message) });
const overhear = (message: Partial<Message>): Inbound => take({ message: inClub(message) });

describe("every kind of update", () => {
  const expected: Readonly<Record<keyof typeof kinds, Inbound["kind"]>> = {
    message: "message",
    edited_message: "edit",
    callback_query: "press",
    message_reaction: "reaction",
    my_chat_member: "membership",
    stopped_message_generation: "stop",
    channel_post: "other",
    edited_channel_post: "other",
    business_connection: "other",
    business_message: "other",
    edited_business_message: "other",
    deleted_business_messages: "other",
    guest_message: "other",
    message_reaction_count: "other",
    inline_query: "other",
    chosen_inline_result: "other",
    shipping_query: "other",
    pre_checkout_query: "other",
    purchased_paid_media: "other",
    poll: "other",
    poll_answer: "other",
    chat_member: "other",
    chat_join_request: "other",
    chat_boost: "other",
    removed_chat_boost: "other",
    managed_bot: "other",
    subscription: "other",
  };

  for (const [name, kind] of Object.entries(expected)) {
    test(`${name} is of kind ${kind}, under its number`, () => {
      const event = take({ [name]: kinds[name as keyof typeof kinds] });
      expect(event.kind).toBe(kind);
      expect(event.keys[0]).toBe("update:1000");
      expect(event.what).toBe(kind === "other" ? name.replaceAll("_", "-") : undefined);
    });
  }

  test("one that was invented today is kept by its number, and says what it is", () => {
    const event = take({ telepathy: { chat: club, from: ann, thought: "hm" } } as Partial<Update>);
    expect(event).toMatchObject({ kind: "other", what: "telepathy", to: { chat: String(club.id) }, chatKind: "group" });
    expect(event.sender.id).toBe("42");
  });

  test("whatever comes under a number becomes one event", () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.constantFrom(...Object.values(kinds).map((one) => ({ ...one, chat: null }))),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0 }),
        fc.constantFrom(...Object.keys(kinds), "new"),
        anything,
        (id, name, payload) => {
          const event = parse({ update_id: id, [name]: payload }, me, at);
          expect(event.keys[0]).toBe(`update:${id}`);
          expect(Number.isFinite(event.sentAt)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("what has no number is no update", () => {
    for (const body of [undefined, null, 1, "x", [], {}, { update_id: "1" }, { update_id: 1.5 }]) {
      expect(isUpdate(body)).toBe(false);
    }
  });
});

describe("what names an event", () => {
  test("a message has its number in the chat beside that of the update", () => {
    expect(hear({ text: "hello" }).keys).toEqual(["update:1000", "message:42/7"]);
  });

  test("two edits of one second are two, the same one is one", () => {
    const keys = ["helo", "hello", "hello"].map(
      (text) => take({ edited_message: { ...said({ text }), edit_date: date } }).keys[1],
    );
    expect(keys[0]).not.toBe(keys[1] ?? "");
    expect(keys[1]).toBe(keys[2] ?? "");
  });

  test("a message that only one person sees goes by the update alone, since its number is used again", () => {
    const event = overhear({ message_id: 0, ephemeral_message_id: 3, text: "/hush" });
    expect(event.keys).toEqual(["update:1000"]);
    expect(event.to).toEqual({ chat: String(club.id) });
  });

  test("a topic is a part of its chat", () => {
    const thread = { message_thread_id: 9, is_topic_message: true };
    const places = [
      take({ message: said({ text: "x" }) }),
      take({ message: said({ text: "x", ...thread }) }),
      overhear({ text: "x", ...thread }),
      take({ message: said({ text: "x", direct_messages_topic: { topic_id: 9, user: ann } }) }),
      take({
        callback_query: { id: "1", from: ann, chat_instance: "1", data: "x", message: said({ text: "x", ...thread }) },
      }),
    ].map(({ within }) => within);
    expect(places).toEqual([undefined, "42", String(club.id), "42", "42"]);
  });

  test("chats seen through a business account, as a guest or in a topic are not the bot's own", () => {
    const names = [
      take({ message: said({ text: "x" }) }),
      take({ business_message: kinds.business_message }),
      take({ message: said({ text: "x", business_connection_id: "bc1" }) }),
      take({ message: said({ text: "x", guest_query_id: "g" }) }),
      take({ message: said({ text: "x", message_thread_id: 9, is_topic_message: true }) }),
      take({ message: said({ text: "x", direct_messages_topic: { topic_id: 9, user: ann } }) }),
    ].map(({ to }) => to.chat);
    expect(names).toEqual(["42", "42", "42/business-bc1", "42/guest", "42/9", "42/dm-9"]);
  });
});

const mention = (offset: number) => [{ type: "mention" as const, offset, length: 8 }];

describe("who is spoken to", () => {
  test("in a group: whoever is named or answered, and whose command it is", () => {
    const own = said({ message_id: 5, from: box, text: "hi" }) as unknown as NonNullable<Message["reply_to_message"]>;
    const named = { type: "text_mention" as const, offset: 0, length: 3, user: box };
    const cases: readonly (readonly [Partial<Message>, boolean])[] = [
      [{ text: "hello all" }, false],
      [{ text: "hey @box_bot!", entities: mention(4) }, true],
      [{ text: "hey @BOX_BOT!", entities: mention(4) }, true],
      [{ text: "hey @ann_bot!", entities: mention(4) }, false],
      [{ text: "write to mail@box_bot" }, false],
      [{ text: "Box, come", entities: [named] }, true],
      [{ caption: "look @box_bot", caption_entities: mention(5), photo: [] }, true],
      [{ text: "yes", reply_to_message: own }, true],
      [{ text: "/new" }, true],
      [{ text: "/Group_mode open" }, true],
      [{ text: "/weather" }, false],
      [{ text: "/weather@box_bot" }, true],
      [{ text: "/new@box_bot" }, true],
      [{ text: "and/or" }, false],
      [{ text: "/etc/hosts is empty" }, false],
    ];
    for (const [message, addressed] of cases) {
      expect([message.text ?? message.caption, overhear(message).addressed]).toEqual([
        message.text ?? message.caption,
        addressed,
      ]);
    }
  });

  test("the message that opened a topic is nobody's answer, though the bot opened it", () => {
    const opening = { ...said({ message_id: 5, from: box }), forum_topic_created: { name: "Roses", icon_color: 0 } };
    const event = overhear({
      text: "hello",
      message_thread_id: 5,
      is_topic_message: true,
      reply_to_message: opening as unknown as NonNullable<Message["reply_to_message"]>,
    });
    expect(event).toMatchObject({ addressed: false });
    expect(event.quoted).toBeUndefined();
  });

  test("the bot's name before the text is not part of it", () => {
    expect(overhear({ text: "@box_bot, what is this?", entities: mention(0) }).text).toBe("what is this?");
    expect(overhear({ text: "what is this, @box_bot?", entities: mention(14) }).text).toBe("what is this, @box_bot?");
    expect(overhear({ text: "@box_bot /new", entities: mention(0) }).text).toBe("/new");
  });

  test("a command's bot is taken from it; one that names another bot is not for this one", () => {
    expect(overhear({ text: "/new@box_bot  now" }).text).toBe("/new  now");
    expect(hear({ text: "/new@Box_Bot" }).text).toBe("/new");
    expect(overhear({ text: "/new@other_bot now" })).toMatchObject({ kind: "other", what: "for-another-bot" });
    expect(hear({ text: "/new@other_bot" }).what).toBe("for-another-bot");
  });
});
