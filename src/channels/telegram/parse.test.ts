import { describe, expect, test } from "bun:test";
import type { Message, Update } from "grammy/types";
import fc from "fast-check";
import type { Inbound } from "../../message.ts";
import { isUpdate, parse } from "./parse.ts";
import {
  ann,
  at,
  bob,
  box,
  club,
  date,
  inClub,
  kinds,
  me,
  memberships,
  news,
  oldClub,
  pollMessage,
  privately,
  said,
} from "./test-updates.ts";

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

describe("messages", () => {
  test("tell who said what, where and when", () => {
    expect(hear({ text: "hello" })).toEqual({
      keys: ["update:1000", "message:42/7"],
      kind: "message",
      to: { chat: "42", reply: "7" },
      chatKind: "direct",
      sender: { id: "42", name: "Ann Archer", username: "ann" },
      text: "hello",
      files: [],
      addressed: true,
      sentAt: date * 1_000,
    });
  });

  test("of a group tell its title", () => {
    expect(overhear({ text: "hello" })).toMatchObject({
      chatKind: "group",
      chatTitle: "Garden club",
      addressed: false,
    });
  });

  test("of a topic come from a chat of their own; answers to one message do not", () => {
    expect(overhear({ text: "x", message_thread_id: 5, is_topic_message: true }).to.chat).toBe("-100200/5");
    expect(overhear({ text: "x", message_thread_id: 5 }).to.chat).toBe("-100200");
  });

  test("of unnamed administrators are the group's, of a channel the channel's, not those of the made-up user", () => {
    const anonymous = { id: 1_087_968_824, is_bot: true, first_name: "Group" };
    const event = overhear({ text: "order!", from: anonymous, sender_chat: club });
    expect(event).toMatchObject({ kind: "message", sender: { id: String(club.id), name: "Garden club" } });
    const channel = overhear({ text: "hi", from: { ...anonymous, id: 136_817_688 }, sender_chat: news });
    expect(channel.sender).toEqual({ id: String(news.id), name: "News" });
  });

  test("of bots, of channels and of the platform itself are nobody's to answer", () => {
    const other = { id: 111, is_bot: true, first_name: "Other", username: "other_bot" };
    expect(overhear({ from: other, text: "@box_bot hello" }).what).toBe("message-of-a-bot");
    expect(overhear({ from: box, text: "hello" }).what).toBe("own-message");
    expect(overhear({ sender_chat: news, is_automatic_forward: true, text: "Extra!" }).what).toBe("channel-post");
    expect(overhear({ new_chat_members: [bob] }).what).toBe("service-message");
    expect(overhear({ pinned_message: said({ text: "old" }) }).what).toBe("service-message");
  });

  test("passed on tell who said it first", () => {
    const origins: readonly (readonly [Message["forward_origin"], string])[] = [
      [{ type: "user", date, sender_user: bob }, "Bob"],
      [{ type: "hidden_user", date, sender_user_name: "Somebody" }, "Somebody"],
      [{ type: "chat", date, sender_chat: club, author_signature: "boss" }, "Garden club (boss)"],
      [{ type: "channel", date, chat: news, message_id: 3 }, "News"],
    ];
    for (const [origin, name] of origins) {
      if (origin) expect(hear({ text: "x", forward_origin: origin }).forwardedFrom).toBe(name);
    }
  });

  test("that answer another one tell which, and the part that was chosen", () => {
    const replied = said({ message_id: 5, from: bob, text: "roses are red" }) as unknown as Message["reply_to_message"];
    if (!replied) throw new Error("no message");
    expect(hear({ text: "no", reply_to_message: replied }).quoted).toEqual({
      id: "5",
      sender: "Bob",
      text: "roses are red",
      own: false,
    });
    expect(hear({ text: "no", reply_to_message: replied, quote: { text: "red", position: 10 } }).quoted?.text).toBe(
      "red",
    );
  });

  test("that answer one of another chat tell where from", () => {
    const external = {
      origin: { type: "channel", date, chat: news, message_id: 3 },
      chat: news,
      message_id: 3,
    } as const;
    expect(hear({ text: "?", external_reply: external, quote: { text: "Extra!", position: 0 } }).quoted).toEqual({
      id: "-100300/3",
      sender: "News",
      text: "Extra!",
      own: false,
    });
  });

  test("in pieces share an album", () => {
    expect(hear({ media_group_id: "900", caption: "look" }).album).toBe("900");
  });

  test("that are rich are read as Markdown", () => {
    const blocks = [
      { type: "heading", text: "Plan", size: 2 },
      {
        type: "paragraph",
        text: ["Buy ", { type: "bold", text: "roses" }, { type: "url", text: " here", url: "https://x.example/" }],
      },
      { type: "list", items: [{ label: "1.", blocks: [{ type: "paragraph", text: "dig" }] }] },
      { type: "pre", text: "x = 1", language: "py" },
      { type: "photo", photo: [] },
    ];
    const event = hear({ rich_message: { blocks } as unknown as NonNullable<Message["rich_message"]> });
    expect(event.text).toBe(
      "## Plan\n\nBuy **roses**[ here](https://x.example/)\n\n1. dig\n\n```py\nx = 1\n```\n\n(photo)",
    );
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

const base = { file_id: "F", file_unique_id: "U", file_size: 100 };

const size = (id: string, side: number, bytes: number) => ({
  ...base,
  file_id: id,
  width: side,
  height: side / 2,
  file_size: bytes,
});

describe("what comes with a message", () => {
  test("files, by what they are to a person", () => {
    const cases: readonly (readonly [Partial<Message>, object])[] = [
      [
        { voice: { ...base, duration: 3, mime_type: "audio/ogg" } },
        { id: "F", kind: "voice", mime: "audio/ogg", bytes: 100, seconds: 3 },
      ],
      [
        { audio: { ...base, duration: 90, mime_type: "audio/mpeg", file_name: "song.mp3" } },
        { id: "F", kind: "audio", name: "song.mp3", mime: "audio/mpeg", bytes: 100, seconds: 90 },
      ],
      [
        { video: { ...base, width: 1, height: 1, duration: 8, mime_type: "video/mp4" } },
        { id: "F", kind: "video", mime: "video/mp4", bytes: 100, seconds: 8 },
      ],
      [
        { video_note: { ...base, length: 240, duration: 8 } },
        { id: "F", kind: "video", mime: "video/mp4", bytes: 100, seconds: 8 },
      ],
      [
        { document: { ...base, file_name: "plan.pdf", mime_type: "application/pdf" } },
        { id: "F", kind: "document", name: "plan.pdf", mime: "application/pdf", bytes: 100 },
      ],
      [
        { document: { ...base, file_name: "big.png", mime_type: "image/png" } },
        { id: "F", kind: "image", name: "big.png", mime: "image/png", bytes: 100 },
      ],
      [
        {
          animation: { ...base, width: 1, height: 1, duration: 2, mime_type: "video/mp4" },
          document: { ...base, mime_type: "video/mp4" },
        },
        { id: "F", kind: "video", mime: "video/mp4", bytes: 100, seconds: 2 },
      ],
    ];
    for (const [message, file] of cases)
      expect(hear({ ...message, caption: "look" })).toMatchObject({ text: "look", files: [file] });
  });

  test("of a photo the size that an agent can see all of, never one that it cannot take", () => {
    const pick = (...photo: ReturnType<typeof size>[]) => hear({ photo }).files[0]?.id;
    expect(pick(size("s", 90, 1), size("m", 800, 1), size("x", 1_280, 1))).toBe("x");
    expect(pick(size("s", 90, 1), size("x", 1_600, 1), size("huge", 2_560, 1))).toBe("x");
    expect(pick(size("m", 800, 1), size("heavy", 1_600, 6_000_000))).toBe("m");
    expect(pick(size("heavy", 1_600, 6_000_000))).toBe("heavy");
  });

  test("a sticker is its emoji, and a picture if it keeps still", () => {
    const sticker = {
      ...base,
      type: "regular",
      width: 512,
      height: 512,
      is_animated: false,
      is_video: false,
      emoji: "🌹",
      set_name: "Roses",
    } as const;
    expect(hear({ sticker })).toMatchObject({
      files: [{ kind: "sticker", mime: "image/webp" }],
      attachments: [{ what: "sticker", text: "🌹 from the set Roses" }],
    });
    expect(hear({ sticker: { ...sticker, is_animated: true } }).files).toEqual([]);
  });

  test("places, people, questions and dice, in words", () => {
    const location = { latitude: 52.5, longitude: 13.4 };
    const cases: readonly (readonly [Partial<Message>, object])[] = [
      [{ location }, { what: "location", text: "latitude 52.5, longitude 13.4" }],
      [
        { location: { ...location, live_period: 60, horizontal_accuracy: 9.6 } },
        { what: "location", text: "latitude 52.5, longitude 13.4, within 10 m, shared live" },
      ],
      [
        { location, venue: { location, title: "Nursery", address: "Main Street 1" } },
        { what: "venue", text: "Nursery\nMain Street 1\nlatitude 52.5, longitude 13.4" },
      ],
      [
        { contact: { phone_number: "+4930", first_name: "Bob", last_name: "Budd" } },
        { what: "contact", text: "Bob Budd\n+4930" },
      ],
      [{ dice: { emoji: "🎲", value: 6 } }, { what: "dice", text: "🎲 6" }],
      [
        { poll: pollMessage } as Partial<Message>,
        { what: "poll", text: "Roses or tulips?\n- Roses (2)\n- Tulips (1)" },
      ],
      [{ story: { chat: news, id: 1 } }, { what: "story", text: "a story, which bots cannot see" }],
    ];
    for (const [message, attachment] of cases) {
      expect(hear(message)).toMatchObject({ kind: "message", text: "", attachments: [attachment] });
    }
  });
});

describe("what happens beside messages", () => {
  test("an edit is about its message and of the time of the edit", () => {
    expect(take({ edited_message: kinds.edited_message })).toMatchObject({
      kind: "edit",
      about: "7",
      text: "hello!",
      to: { chat: "42", reply: "7" },
      sentAt: (date + 5) * 1_000,
    });
  });

  test("a press tells what, on which message, and how to answer it", () => {
    expect(take({ callback_query: kinds.callback_query })).toMatchObject({
      keys: ["update:1000", "press:4000"],
      kind: "press",
      to: { chat: "42" },
      sender: { id: "42" },
      choice: "choice-1",
      pressId: "4000",
      about: "8",
      addressed: true,
      sentAt: at,
    });
  });

  test("a press on a message that is out of reach still tells where", () => {
    const press = { ...kinds.callback_query, message: { chat: club, message_id: 8, date: 0 as const } };
    expect(take({ callback_query: press })).toMatchObject({ kind: "press", to: { chat: String(club.id) }, about: "8" });
  });

  test("a reaction tells what was put on and taken off", () => {
    expect(take({ message_reaction: kinds.message_reaction })).toMatchObject({
      about: "7",
      reaction: { added: ["❤", "custom:5368324170671202286"], removed: ["👍"] },
    });
  });

  test("the bot is added, removed, blocked and unblocked; other rights are no news", () => {
    const changes = Object.entries(memberships).map(([name, update]) => {
      const { membership, chatKind, sender } = take({ my_chat_member: update });
      return [name, membership?.change, chatKind, sender.id];
    });
    expect(changes).toEqual([
      ["added", "added", "group", "42"],
      ["removed", "removed", "group", "42"],
      ["blocked", "removed", "direct", "42"],
      ["unblocked", "added", "direct", "42"],
    ]);
    const promoted = {
      ...kinds.my_chat_member,
      old_chat_member: kinds.my_chat_member.new_chat_member,
      new_chat_member: { user: box, status: "administrator" } as never,
    };
    expect(take({ my_chat_member: promoted })).toMatchObject({ kind: "other", what: "my-chat-member" });
    expect(take({ my_chat_member: { ...kinds.my_chat_member, chat: news } }).kind).toBe("other");
  });

  test("who was muted in a group and is still there was not removed", () => {
    const restricted = { user: box, status: "restricted", is_member: true } as never;
    expect(take({ my_chat_member: { ...kinds.my_chat_member, new_chat_member: restricted } }).membership).toEqual({
      change: "added",
    });
  });

  test("an upgraded group goes on under its new number, told by both and taken once", () => {
    const before = take({ message: said({ chat: oldClub, migrate_to_chat_id: club.id }) });
    const after = take({ message: said({ chat: club, migrate_from_chat_id: oldClub.id }) });
    for (const event of [before, after]) {
      expect(event).toMatchObject({
        kind: "membership",
        to: { chat: "-200" },
        membership: { change: "moved", chat: "-100200" },
      });
    }
    expect(before.keys[1]).toBe(after.keys[1] ?? "");
  });

  test("Stop tells in which chat, and topic", () => {
    const stop = { chat: privately, message_thread_id: 9, draft_id: 5 };
    expect(take({ stopped_message_generation: stop })).toMatchObject({
      kind: "stop",
      to: { chat: "42/9" },
      sender: { id: "42" },
      about: "draft:5",
    });
  });
});
