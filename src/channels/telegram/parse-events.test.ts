import { describe, expect, test } from "bun:test";
import type { Update } from "grammy/types";
import type { Inbound } from "../../message.ts";
import { parse } from "./parse.ts";
import { at, box, club, date, kinds, me, memberships, news, oldClub, privately, said } from "./test-updates.ts";

const take = (update: Partial<Update>): Inbound => parse({ update_id: 1_000, ...update }, me, at);

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
