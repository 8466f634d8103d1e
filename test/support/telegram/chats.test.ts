/** Groups, topics, channels and people: who sees what, who may write where, what becomes of a chat. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Api } from "grammy";
import type { Update } from "grammy/types";
import { createHandClock, type HandClock } from "./clock.ts";
import { descriptionOf } from "./refused.ts";
import { startTelegram, type Telegram } from "./server.ts";

let clock: HandClock;
let telegram: Telegram;
let api: Api;
let ann: number;
let bob: number;

beforeEach(() => {
  clock = createHandClock();
  telegram = startTelegram({ clock });
  api = new Api(telegram.bot().token, { apiRoot: telegram.url });
  ann = telegram.addPerson({ name: "Ann" });
  bob = telegram.addPerson({ name: "Bob" });
});

afterEach(() => telegram.stop());

const kinds = (updates: readonly Update[]): readonly string[] =>
  updates.flatMap((update) => Object.keys(update).filter((key) => key !== "update_id"));

describe("groups", () => {
  test("privacy mode hides what is not addressed to the bot", async () => {
    const team = telegram.addGroup({ title: "Team", people: [ann, bob], bot: "member" });
    telegram.say({ from: ann, chat: team, text: "just us" });
    telegram.say({ from: ann, chat: team, text: "/help" });
    telegram.say({ from: ann, chat: team, text: "/help@other_bot" });
    telegram.say({ from: ann, chat: team, text: "hey @box_bot look" });
    telegram.say({ from: ann, chat: team, text: "and listen", mention: true });
    const sent = await api.sendMessage(team, "yes?");
    telegram.say({ from: bob, chat: team, text: "a reply", replyTo: sent.message_id });
    const seen = (await api.getUpdates()).map(({ message }) => message?.text);
    expect(seen).toEqual(["/help", "hey @box_bot look", "@box_bot and listen", "a reply"]);
  });

  test("an administrator, and a bot whose privacy mode is off, sees everything", async () => {
    const team = telegram.addGroup({ title: "Team", people: [ann, bob], bot: "administrator" });
    telegram.say({ from: ann, chat: team, text: "just us" });
    const open = telegram.makeBot({ name: "Open", username: "open_bot", readsAll: true });
    const other = new Api(open.token, { apiRoot: telegram.url });
    telegram.addBot({ chat: team, by: ann, bot: open.id });
    telegram.say({ from: ann, chat: team, text: "all of us" });
    expect((await api.getUpdates()).at(-1)?.message?.text).toBe("all of us");
    expect(kinds(await other.getUpdates())).toEqual(["my_chat_member", "message", "message"]);
  });

  test("a bot learns that it was added, promoted and removed, and writes only while it is in", async () => {
    const team = telegram.addGroup({ title: "Team", people: [ann], kind: "supergroup" });
    expect(await descriptionOf(api.sendMessage(team, "x"))).toBe(
      "Forbidden: bot is not a member of the supergroup chat",
    );
    telegram.addBot({ chat: team, by: ann });
    telegram.addBot({ chat: team, by: ann, as: "administrator" });
    await api.sendMessage(team, "hello");
    telegram.removeBot({ chat: team, by: ann });
    expect(await descriptionOf(api.sendMessage(team, "x"))).toBe("Forbidden: bot was kicked from the supergroup chat");
    const standings = (await api.getUpdates()).flatMap(({ my_chat_member: change }) =>
      change ? [[change.old_chat_member.status, change.new_chat_member.status]] : [],
    );
    expect(standings).toEqual([
      ["left", "member"],
      ["member", "administrator"],
      ["administrator", "kicked"],
    ]);
    expect(telegram.violations()).toEqual([]);
  });

  test("have members that a bot may ask for, and that it may leave", async () => {
    const team = telegram.addGroup({ title: "Team", people: [ann, bob], bot: "member" });
    expect(await api.getChat(team)).toMatchObject({ id: team, type: "group", title: "Team" });
    expect((await api.getChatMember(team, bob)).status).toBe("member");
    expect((await api.getChatAdministrators(team)).map(({ user }) => user.first_name)).toEqual(["Ann"]);
    await api.leaveChat(team);
    expect(await descriptionOf(api.sendMessage(team, "x"))).toBe("Forbidden: bot is not a member of the group chat");
  });

  test("become supergroups with another id, which is told to who writes to the old one", async () => {
    const team = telegram.addGroup({ title: "Team", people: [ann], bot: "member" });
    const grown = telegram.upgrade(team);
    const refused = await api.sendMessage(team, "x").catch((cause: unknown) => cause);
    expect(refused).toMatchObject({ error_code: 400, parameters: { migrate_to_chat_id: grown } });
    await api.sendMessage(grown, "hello");
    expect((await api.getUpdates()).map(({ message }) => message)).toMatchObject([
      { chat: { id: team }, migrate_to_chat_id: grown },
      { chat: { id: grown, type: "supergroup" }, migrate_from_chat_id: team },
    ]);
  });

  test("joins and reactions are told to an administrator who asked for them", async () => {
    const team = telegram.addGroup({ title: "Team", people: [ann], bot: "administrator" });
    await api.getUpdates({ allowed_updates: ["message", "chat_member", "message_reaction"] });
    telegram.join(team, bob);
    const said = telegram.say({ from: bob, chat: team, text: "hello" });
    telegram.react({ from: ann, chat: team, id: said.message_id, emoji: "👍" });
    telegram.leave(team, bob);
    expect(kinds(await api.getUpdates())).toEqual([
      "chat_member",
      "message",
      "message",
      "message_reaction",
      "message",
      "chat_member",
    ]);
    await api.setMessageReaction(team, said.message_id, [{ type: "emoji", emoji: "👀" }]);
    expect(telegram.messages(team)[1]?.reactions).toEqual(["👍", "👀"]);
    const odd = api.raw.setMessageReaction({
      chat_id: team,
      message_id: said.message_id,
      reaction: [{ type: "emoji", emoji: "🦖" as "👍" }],
    });
    expect(await descriptionOf(odd)).toContain("reaction.0.emoji");
  });

  test("how closely edits follow each other can be asked", async () => {
    const team = telegram.addGroup({ title: "Team", people: [ann], bot: "member" });
    const sent = await api.sendMessage(team, "a");
    expect(telegram.spacing(team)).toBeUndefined();
    clock.advance(1500);
    await api.editMessageText(team, sent.message_id, "ab");
    clock.advance(900);
    await api.editMessageText(team, sent.message_id, "abc");
    expect(telegram.spacing(team)).toBe(900);
    expect(telegram.busiest(team, 2400)).toBe(2);
    expect(telegram.busiest(team, 2401)).toBe(3);
  });
});

describe("topics", () => {
  test("keep their messages apart and have to exist", async () => {
    const forum = telegram.addGroup({ title: "Forum", people: [ann], hasTopics: true, bot: "administrator" });
    const topic = telegram.addTopic(forum, "Plans");
    telegram.say({ from: ann, chat: forum, thread: topic, text: "what now" });
    expect((await api.getUpdates())[0]?.message).toMatchObject({
      message_thread_id: topic,
      is_topic_message: true,
      chat: { is_forum: true },
    });
    await api.sendMessage(forum, "this", { message_thread_id: topic });
    expect(telegram.messages(forum).map(({ thread }) => thread)).toEqual([topic, topic]);
    telegram.removeTopic(forum, topic);
    expect(await descriptionOf(api.sendMessage(forum, "this", { message_thread_id: topic }))).toBe(
      "Bad Request: message thread not found",
    );
  });

  test("exist in private chats with a bot that has them", async () => {
    const threaded = telegram.makeBot({ hasTopics: true });
    const other = new Api(threaded.token, { apiRoot: telegram.url });
    telegram.say({ from: ann, bot: threaded.id, text: "hello" });
    expect((await other.getMe()).has_topics_enabled).toBe(true);
    expect(() => telegram.addTopic(ann, "Plans")).toThrow("has no topics");
    const topic = telegram.addTopic(ann, "Plans", threaded.id);
    await other.sendMessageDraft(ann, 3, "th", { message_thread_id: topic });
    await other.sendMessage(ann, "elsewhere");
    expect(telegram.leftBehind()).toHaveLength(1);
    await other.sendMessage(ann, "there", { message_thread_id: topic });
    expect(telegram.leftBehind()).toEqual([]);
    expect(telegram.messages(ann)).toEqual([]);
  });
});

describe("people", () => {
  test("who block the bot are not written to, until they unblock it", async () => {
    telegram.say({ from: ann, text: "hello" });
    telegram.block(ann);
    expect(await descriptionOf(api.sendMessage(ann, "x"))).toBe("Forbidden: bot was blocked by the user");
    expect(() => telegram.say({ from: ann, text: "x" })).toThrow("blocked");
    telegram.unblock(ann);
    await api.sendMessage(ann, "there you are");
    expect(kinds(await api.getUpdates())).toEqual(["message", "my_chat_member", "my_chat_member"]);
    telegram.deactivate(ann);
    expect(await descriptionOf(api.sendMessage(ann, "x"))).toBe("Forbidden: user is deactivated");
  });

  test("press a button once: the answer is shown to them, a second one is too late", async () => {
    telegram.say({ from: ann, text: "hello" });
    const sent = await api.sendMessage(ann, "sure?", {
      reply_markup: {
        inline_keyboard: [
          [
            { text: "Yes", callback_data: "yes-1" },
            { text: "No", callback_data: "no-1" },
          ],
        ],
      },
    });
    const id = telegram.press({ from: ann, id: sent.message_id, label: "No" });
    expect((await api.getUpdates()).at(-1)?.callback_query).toMatchObject({ id, data: "no-1", from: { id: ann } });
    await api.answerCallbackQuery(id, { text: "noted" });
    expect(telegram.presses()).toMatchObject([{ id, answer: { text: "noted", alert: false } }]);
    expect(await descriptionOf(api.answerCallbackQuery(id))).toContain("query is too old");
    const late = telegram.press({ from: ann, id: sent.message_id, data: "made-up" });
    clock.advance(150_001);
    expect(await descriptionOf(api.answerCallbackQuery(late))).toContain("query is too old");
    expect(() => telegram.press({ from: ann, id: sent.message_id, label: "Maybe" })).toThrow("it has: Yes, No");
    expect(telegram.violations()).toEqual([]);
  });

  test("send everything that people send", async () => {
    const first = telegram.say({ from: ann, text: "look at https://example.com" });
    telegram.edit({ from: ann, id: first.message_id, text: "look" });
    telegram.say({ from: ann, text: "this part", replyTo: first.message_id, quote: "look" });
    telegram.say({ from: ann, text: "from Bob", forwardedFrom: bob });
    telegram.photo({ from: ann, caption: "a tree" });
    telegram.album({ from: ann, count: 3, caption: "three trees" });
    telegram.document({ from: ann, data: "notes", name: "notes.md", mime: "text/markdown" });
    for (const send of [telegram.voice, telegram.audio, telegram.video, telegram.videoNote, telegram.sticker]) {
      send({ from: ann });
    }
    telegram.location({ from: ann, latitude: 52.5, longitude: 13.4 });
    telegram.contact({ from: ann, phone: "+49", name: "Bob" });
    telegram.unknown({ kind: "telepathy", payload: { strength: 3 } });
    const updates = await api.getUpdates();
    expect(kinds(updates).filter((kind) => kind !== "message")).toEqual(["edited_message", "telepathy"]);
    expect(updates[0]?.message?.entities).toEqual([{ type: "url", offset: 8, length: 19 }]);
    expect(updates[2]?.message).toMatchObject({
      reply_to_message: { text: "look" },
      quote: { text: "look", position: 0 },
    });
    expect(updates[3]?.message?.forward_origin).toMatchObject({ type: "user", sender_user: { first_name: "Bob" } });
    const groups = new Set(updates.slice(5, 8).map(({ message }) => message?.media_group_id));
    expect([...groups]).toHaveLength(1);
    expect(updates[4]?.message?.photo).toHaveLength(2);
    expect(telegram.messages(ann).map(({ attached }) => attached)).toEqual([
      undefined,
      undefined,
      undefined,
      "photo",
      "photo",
      "photo",
      "photo",
      "document",
      "voice",
      "audio",
      "video",
      "video_note",
      "sticker",
      "location",
      "contact",
    ]);
  });
});

describe("channels", () => {
  test("are written in by administrators, and what is posted is told", async () => {
    const news = telegram.addGroup({ title: "News", kind: "channel", people: [ann], bot: "administrator" });
    telegram.say({ from: ann, chat: news, text: "it rains" });
    await api.sendMessage(news, "it still rains");
    expect((await api.getUpdates())[0]?.channel_post).toMatchObject({ text: "it rains", sender_chat: { id: news } });
    expect(await descriptionOf(api.sendChatAction(news, "typing"))).toContain("channels");
  });
});

describe("commands", () => {
  test("are kept by scope and language, and have to be well-formed", async () => {
    await api.setMyCommands([{ command: "help", description: "What I can do" }]);
    await api.setMyCommands([{ command: "hilfe", description: "Was ich kann" }], { language_code: "de" });
    expect(await api.getMyCommands()).toEqual([{ command: "help", description: "What I can do" }]);
    expect(await api.getMyCommands({ language_code: "de" })).toHaveLength(1);
    await api.deleteMyCommands({ language_code: "de" });
    expect(await api.getMyCommands({ language_code: "de" })).toEqual([]);
    const wrong = [
      { command: "Help", description: "x" },
      { command: "new-chat", description: "x" },
      { command: "help", description: "" },
      { command: "help", description: "x".repeat(257) },
    ];
    for (const one of wrong) expect(await descriptionOf(api.setMyCommands([one]))).toContain("BOT_COMMAND_");
    const many = Array.from({ length: 101 }, (_, place) => ({ command: `c${place}`, description: "x" }));
    expect(await descriptionOf(api.setMyCommands(many))).toStartWith("Bad Request: commands:");
    expect(telegram.violations()).toHaveLength(5);
  });
});
