import { describe, expect, test } from "bun:test";
import type { Message, Update } from "grammy/types";
import type { Inbound } from "../../message.ts";
import { parse } from "./parse.ts";
import { at, bob, box, club, date, inClub, me, news, pollMessage, said } from "./test-updates.ts";

const take = (update: Partial<Update>): Inbound => parse({ update_id: 1_000, ...update }, me, at);
const hear = (message: Partial<Message>): Inbound => take({ message: said(message) });
const overhear = (message: Partial<Message>): Inbound => take({ message: inClub(message) });

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
