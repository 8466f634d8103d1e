/** What the channel does beside speaking and listening: signs, buttons, members, files, menus, and knowing itself. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Channel, CommandInfo } from "../../src/channels/channel.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { failure, never, open } from "./stand.ts";

let telegram: Telegram;
let channel: Channel;
let ann: number;
let bob: number;
let club: number;

beforeEach(() => {
  telegram = startTelegram();
  ({ channel } = open(telegram));
  ann = telegram.addPerson({ name: "Ann" });
  bob = telegram.addPerson({ name: "Bob" });
  telegram.say({ from: ann, text: "hello" });
  club = telegram.addGroup({ title: "Garden club", people: [ann, bob], bot: "member" });
});

afterEach(async () => {
  expect(telegram.violations()).toEqual([]);
  await telegram.stop();
});

const to = (chat: number | string) => ({ chat: String(chat) });
const called = (method: string) => telegram.log().filter((one) => one.method === method);

describe("signs", () => {
  test("typing is shown in the chat, and in the topic", async () => {
    await channel.typing?.(to(ann), never());
    const forum = telegram.addGroup({ title: "Forum", people: [ann], hasTopics: true, bot: "member" });
    const roses = telegram.addTopic(forum, "Roses");
    await channel.typing?.(to(`${forum}/${roses}`), never());
    expect(called("sendChatAction").map(({ args }) => args)).toEqual([
      { chat_id: ann, action: "typing" },
      { chat_id: forum, message_thread_id: roses, action: "typing" },
    ]);
  });

  test("a reaction is put on and taken back; one that Telegram does not take is none", async () => {
    const { message_id: id } = telegram.say({ from: ann, text: "look" });
    const seen = () => telegram.messages(ann).find((one) => one.id === id)?.reactions;
    const react = (emoji: string | null) => channel.react?.(to(ann), String(id), emoji, never());
    await react("👀");
    expect(seen()).toEqual(["👀"]);
    await react("❤️");
    expect(seen()).toEqual(["❤"]);
    await react("👍🏽");
    expect(seen()).toEqual(["👍"]);
    await react("🦖");
    expect(seen()).toEqual([]);
    await react("👀");
    await react(null);
    expect(seen()).toEqual([]);
  });
});

describe("presses", () => {
  test("are answered with a short word, and late answers are nobody's trouble", async () => {
    const [part] = channel.render({ text: "Which?", choices: [{ id: "c/0", label: "This" }] });
    if (!part) throw new Error("nothing to send");
    const { id } = await channel.send(to(ann), part, { sendKey: "k", abort: never() });
    const press = telegram.press({ from: ann, id: Number(id) });
    await channel.answerPress?.(to(ann), press, "Done.", never());
    expect(telegram.presses()[0]?.answer?.text).toBe("Done.");
    await channel.answerPress?.(to(ann), "123456", undefined, never());
    expect(telegram.refused().map(({ blame }) => blame)).not.toContain("request");
  });
});

describe("groups", () => {
  test("tell who is an administrator, and the group itself is one", async () => {
    telegram.promote(club, bob);
    const cleo = telegram.addPerson({ name: "Cleo" });
    telegram.join(club, cleo);
    const isAdmin = (id: number | string) => channel.isAdmin?.(to(club), String(id), never());
    expect([await isAdmin(ann), await isAdmin(bob), await isAdmin(cleo)]).toEqual([true, true, false]);
    expect([await isAdmin(club), await isAdmin(-100_999), await isAdmin("x")]).toEqual([true, false, false]);
  });

  test("that cannot be asked have no administrators: whoever asks is told", async () => {
    telegram.fault({ kind: "broken", method: "getChatMember" });
    expect(await failure(channel.isAdmin?.(to(club), String(bob), never()))).toMatchObject({ verdict: "retry" });
  });

  test("are left", async () => {
    await channel.leave?.(to(club), never());
    expect(called("leaveChat")).toMatchObject([{ chat: club, status: 200 }]);
  });
});

describe("files", () => {
  test("are fetched, and their address is told to nobody", async () => {
    const { document } = telegram.document({ from: ann, data: "the plan", name: "plan.txt" });
    if (!document) throw new Error("no document");
    const response = await channel.download?.({ id: document.file_id }, never());
    expect(response?.url).toBe("");
    expect(response?.headers.get("content-length")).toBe("8");
    expect(await response?.text()).toBe("the plan");
  });

  test("that are too large are not asked for, or not taken", async () => {
    const size = 21 * 1024 * 1024;
    const { document } = telegram.document({ from: ann, size });
    if (!document) throw new Error("no document");
    const fetched = channel.download?.({ id: document.file_id, bytes: size }, never());
    expect(await failure(fetched)).toMatchObject({ code: "file_unavailable" });
    expect(telegram.log()).toEqual([]);
    telegram.fault({ kind: "refuse", method: "getFile", code: 400, description: "Bad Request: file is too big" });
    expect(await failure(channel.download?.({ id: document.file_id }, never()))).toMatchObject({
      code: "file_unavailable",
      hint: "The file is too large.",
    });
  });

  test("that are gone, refused or cut are told apart, without the token", async () => {
    const { document } = telegram.document({ from: ann });
    if (!document) throw new Error("no document");
    telegram.fault({ kind: "absent", method: "download" });
    const gone = await failure(channel.download?.({ id: document.file_id }, never()));
    telegram.fault({ kind: "broken", method: "download" });
    const broken = await failure(channel.download?.({ id: document.file_id }, never()));
    const unknown = await failure(channel.download?.({ id: "no-such-file" }, never()));
    expect([gone, broken, unknown]).toMatchObject([
      { code: "file_unavailable" },
      { code: "send_unreachable" },
      { code: "file_unavailable" },
    ]);
    expect(Bun.inspect([gone, broken, unknown])).not.toContain(telegram.bot().token);
  });
});

describe("the menu of commands", () => {
  const commands: readonly CommandInfo[] = [
    { name: "new", aliases: [], summary: "begins a new conversation", usage: "/new", who: "anyone" },
    { name: "group-mode", aliases: [], summary: "what it listens to", usage: "/group-mode", who: "chat-admin" },
    { name: "agents", aliases: [], summary: "lists the agents", usage: "/agents", who: "owner" },
    { name: "approve", aliases: [], summary: "lets somebody in", usage: "/approve <code>", who: "operator" },
  ];

  test("is told for people, groups and their administrators, once", async () => {
    const install = () => open(telegram, { commands }).channel.install?.(AbortSignal.timeout(5_000));
    await install();
    const names = Object.values(telegram.commands()).map((list) => list.map(({ command }) => command));
    expect(names).toEqual([["new", "group_mode", "agents"], ["new"], ["new", "group_mode", "agents"]]);
    await install();
    expect(called("setMyCommands")).toHaveLength(3);
  });

  test("that cannot be told keeps nobody from being heard", async () => {
    telegram.fault({ kind: "broken", method: "getMyCommands" });
    const { channel: heard, lines } = open(telegram, { commands });
    await heard.install?.(AbortSignal.timeout(5_000));
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(["telegram.menu-failed"]);
  });

  test("is told anew when it has changed", async () => {
    await open(telegram, { commands }).channel.install?.(AbortSignal.timeout(5_000));
    const [first, ...others] = commands;
    if (!first) throw new Error("no commands");
    const changed = [{ ...first, summary: "starts afresh" }, ...others];
    await open(telegram, { commands: changed }).channel.install?.(AbortSignal.timeout(5_000));
    expect(called("setMyCommands")).toHaveLength(6);
  });
});

describe("the bot", () => {
  test("knows its number, its name, and the address that opens a chat with it", async () => {
    const { identity, name, startLink } = await channel.check(never());
    const { id, username } = telegram.bot();
    expect([identity, name]).toEqual([String(id), username]);
    expect(startLink?.("abc_-9")).toBe("https://t.me/box_bot?start=abc_-9");
  });

  test("whose token is no good says so, and not what it is", async () => {
    telegram.fault({ kind: "refuse", method: "getMe", code: 401, description: "Unauthorized" });
    const fault = await failure(channel.check(never()));
    expect(fault).toMatchObject({ code: "bot_rejected" });
    expect(Bun.inspect(fault)).not.toContain(telegram.bot().token);
  });
});
