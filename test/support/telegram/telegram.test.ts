/** The double as a bot sees it through grammY: what it takes, what it shows, what it refuses. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Api, HttpError } from "grammy";
import { createHandClock, type HandClock } from "./clock.ts";
import { refusalOf } from "./refused.ts";
import { startTelegram, type Telegram } from "./server.ts";

let clock: HandClock;
let telegram: Telegram;
let api: Api;
let ann: number;

beforeEach(() => {
  clock = createHandClock();
  telegram = startTelegram({ clock });
  api = new Api(telegram.bot().token, { apiRoot: telegram.url });
  ann = telegram.addPerson({ name: "Ann", username: "ann" });
});

afterEach(() => telegram.stop());

describe("sending", () => {
  test("a bot knows who it is", async () => {
    expect(await api.getMe()).toMatchObject({ is_bot: true, username: "box_bot", id: telegram.bot().id });
  });

  test("nobody who has not written is written to", async () => {
    const { error_code: code, description } = await refusalOf(api.sendMessage(ann, "hello"));
    expect([code, description]).toEqual([400, "Bad Request: chat not found"]);
    expect(telegram.refused()).toMatchObject([{ blame: "world", method: "sendMessage", chat: ann }]);
    expect(telegram.violations()).toEqual([]);
  });

  test("an answer stands in the chat, an edit takes its place, a deleted one is gone", async () => {
    const asked = telegram.say({ from: ann, text: "hello" });
    const sent = await api.sendMessage(ann, "hi", { reply_parameters: { message_id: asked.message_id } });
    expect(telegram.messages(ann)).toMatchObject([
      { from: "Ann", text: "hello" },
      { from: "Box", text: "hi", replyTo: asked.message_id, isEdited: false },
    ]);
    await api.editMessageText(ann, sent.message_id, "hi there");
    expect(telegram.messages(ann)[1]).toMatchObject({ text: "hi there", isEdited: true });
    await api.deleteMessage(ann, sent.message_id);
    expect(telegram.messages(ann).map(({ text }) => text)).toEqual(["hello"]);
    expect(telegram.taken().map(({ kind, text }) => [kind, text])).toEqual([
      ["message", "hi"],
      ["edit", "hi there"],
    ]);
  });

  test("an edit that changes nothing is refused and is nobody's fault", async () => {
    telegram.say({ from: ann, text: "hello" });
    const sent = await api.sendMessage(ann, "hi");
    const { description } = await refusalOf(api.editMessageText(ann, sent.message_id, "hi"));
    expect(description).toStartWith("Bad Request: message is not modified: ");
    expect(telegram.violations()).toEqual([]);
  });

  test("buttons that an edit does not repeat are gone", async () => {
    telegram.say({ from: ann, text: "hello" });
    const sent = await api.sendMessage(ann, "sure?", {
      reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "y" }]] },
    });
    expect(telegram.messages(ann)[1]?.buttons).toEqual([["Yes"]]);
    await api.editMessageText(ann, sent.message_id, "done");
    expect(telegram.messages(ann)[1]).toMatchObject({ text: "done", buttons: [] });
  });

  test("what is wrong with a request is told and kept", async () => {
    telegram.say({ from: ann, text: "hello" });
    const wrong: (() => Promise<unknown>)[] = [
      () => api.sendMessage(ann, ""),
      () => api.sendMessage(ann, "x".repeat(4097)),
      () => api.sendMessage(ann, "half \ud83d"),
      () => api.sendMessage(ann, "<b>open", { parse_mode: "HTML" }),
      () => api.sendMessage(ann, "a.b", { parse_mode: "MarkdownV2" }),
      () => api.sendMessage(ann, "short", { entities: [{ type: "bold", offset: 3, length: 9 }] }),
      () =>
        api.sendMessage(ann, "both code and bold", {
          entities: [
            { type: "code", offset: 0, length: 9 },
            { type: "bold", offset: 5, length: 2 },
          ],
        }),
      () => api.sendMessage(ann, "x", { reply_markup: { inline_keyboard: [[{ text: "", callback_data: "y" }]] } }),
      () =>
        api.sendMessage(ann, "x", {
          reply_markup: { inline_keyboard: [[{ text: "Y", callback_data: "é".repeat(33) }]] },
        }),
      () => api.answerCallbackQuery("1", { text: "x".repeat(201) }),
    ];
    for (const call of wrong) expect((await refusalOf(call())).error_code).toBe(400);
    expect(telegram.violations().map(({ what }) => what)).toEqual([
      "Bad Request: message text is empty",
      "Bad Request: message is too long",
      "Bad Request: strings must be encoded in UTF-8",
      `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`,
      `Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'`,
      "Bad Request: can't parse entities: bold at 3 of length 9 is out of bounds",
      "Bad Request: can't parse entities: bold inside code at 5",
      `Bad Request: can't parse inline keyboard button: Field "text" must be of type String and not empty`,
      "Bad Request: BUTTON_DATA_INVALID",
      "Bad Request: MESSAGE_TOO_LONG",
    ]);
    expect(telegram.messages(ann)).toHaveLength(1);
  });

  test("parameters that the platform does not know are ignored by it, but not by the judge", async () => {
    const said = telegram.say({ from: ann, text: "hello" });
    const reply = { message_id: said.message_id, qoute: "hello" };
    await api.sendMessage(ann, "hi", { colour: "red", reply_parameters: reply } as object);
    expect(telegram.messages(ann)[1]).toMatchObject({ text: "hi", replyTo: said.message_id });
    expect(
      telegram
        .violations()
        .map(({ what }) => what)
        .toSorted(),
    ).toEqual(["unknown parameter colour", "unknown parameter reply_parameters.qoute"]);
  });

  test("white space around a text is taken away, so that an edit may change nothing", async () => {
    telegram.say({ from: ann, text: "hello" });
    const sent = await api.sendMessage(`${ann}`, " \n some *text* \n", {
      entities: [{ type: "bold", offset: 8, length: 6 }],
    });
    expect(sent).toMatchObject({ text: "some *text*", entities: [{ type: "bold", offset: 5, length: 6 }] });
    const edit = api.editMessageText(ann, sent.message_id, "some *text*\n", {
      entities: [{ type: "bold", offset: 5, length: 6 }],
    });
    expect((await refusalOf(edit)).description).toContain("not modified");
  });

  test("a wrong token, a malformed one and an unknown method are told apart", async () => {
    const status = async (path: string) => (await fetch(`${telegram.url}${path}`, { method: "POST" })).status;
    expect(await status("/bot123:wrong/getMe")).toBe(401);
    expect(await status("/botwrong/getMe")).toBe(404);
    expect(await status(`/bot${telegram.bot().token}/sendMesage`)).toBe(404);
    expect(JSON.stringify([telegram.log(), telegram.refused()])).not.toContain(telegram.bot().token);
  });
});

describe("drafts", () => {
  test("are shown for 30 seconds and replaced by a message", async () => {
    telegram.say({ from: ann, text: "hello" });
    await api.sendMessageDraft(ann, 7, "thin");
    await api.sendMessageDraft(ann, 7, "thinking");
    expect(telegram.messages(ann)[1]).toMatchObject({ isDraft: true, text: "thinking" });
    clock.advance(30_001);
    expect(telegram.messages(ann)).toHaveLength(1);
    expect(telegram.leftBehind()).toHaveLength(1);
    await api.sendMessage(ann, "thought");
    expect(telegram.leftBehind()).toEqual([]);
    expect(telegram.drafts(ann)).toMatchObject([{ draftId: 7, times: 2, end: "followed" }]);
  });

  test("need a private chat and an id", async () => {
    telegram.say({ from: ann, text: "hello" });
    const group = telegram.addGroup({ title: "Team", people: [ann], bot: "member" });
    expect((await refusalOf(api.sendMessageDraft(group, 7, "x"))).description).toContain("private chats only");
    expect((await refusalOf(api.sendMessageDraft(ann, 0, "x"))).description).toContain("non-zero");
    expect(telegram.violations()).toHaveLength(2);
  });

  test("can be stopped by who reads them", async () => {
    telegram.say({ from: ann, text: "hello" });
    await api.raw.sendMessageDraft({ chat_id: ann, draft_id: 7, text: "thinking", can_stop: true });
    telegram.stopAnswer({ from: ann });
    const updates = await api.getUpdates();
    expect(updates.at(-1)).toMatchObject({ stopped_message_generation: { chat: { id: ann }, draft_id: 7 } });
    expect(telegram.messages(ann)).toHaveLength(1);
    expect(telegram.leftBehind()).toEqual([]);
  });
});

describe("faults", () => {
  test("a limit holds for its chat until its time is over", async () => {
    const bob = telegram.addPerson({ name: "Bob" });
    for (const from of [ann, bob]) telegram.say({ from, text: "hello" });
    telegram.fault({ kind: "limit", seconds: 5, chat: ann });
    expect((await refusalOf(api.sendMessage(ann, "one"))).parameters).toEqual({ retry_after: 5 });
    await api.sendMessage(bob, "two");
    clock.advance(3000);
    expect((await refusalOf(api.sendMessage(ann, "three"))).parameters).toEqual({ retry_after: 2 });
    clock.advance(2000);
    await api.sendMessage(ann, "four");
    expect(telegram.log().map(({ status, early }) => [status, early])).toEqual([
      [429, false],
      [200, false],
      [429, true],
      [200, false],
    ]);
  });

  test("a lost answer leaves its message, a cut request does not, on a connection that is kept too", async () => {
    telegram.say({ from: ann, text: "hello" });
    await api.getMe();
    telegram.fault({ kind: "lost", method: "sendMessage" });
    expect(await api.sendMessage(ann, "lost").catch((cause: unknown) => cause)).toBeInstanceOf(HttpError);
    await api.getMe();
    telegram.fault({ kind: "cut", method: "sendMessage" });
    expect(await api.sendMessage(ann, "cut").catch((cause: unknown) => cause)).toBeInstanceOf(HttpError);
    expect(telegram.taken().map(({ text }) => text)).toEqual(["lost"]);
    await api.sendMessage(ann, "lost");
    expect(telegram.copies()).toEqual([{ chat: ann, text: "lost", times: 2 }]);
  });

  test("refusals that a test asks for come as the platform writes them", async () => {
    telegram.say({ from: ann, text: "hello" });
    const told = async (): Promise<unknown> => {
      const { error_code: code, description, parameters } = await refusalOf(api.sendMessage(ann, "x"));
      return [code, description, parameters];
    };
    telegram.fault({ kind: "blocked" });
    expect(await told()).toEqual([403, "Forbidden: bot was blocked by the user", {}]);
    telegram.fault({ kind: "migrated", to: -100123 });
    expect(await told()).toEqual([
      400,
      "Bad Request: group chat was upgraded to a supergroup chat",
      { migrate_to_chat_id: -100123 },
    ]);
    for (const [kind, code, description] of [
      ["broken", 500, "Internal Server Error"],
      ["absent", 404, "Not Found"],
      ["kicked", 403, "Forbidden: bot was kicked from the supergroup chat"],
      ["deactivated", 403, "Forbidden: user is deactivated"],
      ["chat_not_found", 400, "Bad Request: chat not found"],
    ] as const) {
      telegram.fault({ kind });
      expect(await told()).toEqual([code, description, {}]);
    }
    telegram.fault({ kind: "cannot_parse" });
    expect((await told()) as unknown[]).toContainEqual(expect.stringContaining("can't parse entities"));
    telegram.fault({ kind: "refuse", code: 400, description: "Bad Request: VOICE_MESSAGES_FORBIDDEN" });
    expect(await told()).toEqual([400, "Bad Request: VOICE_MESSAGES_FORBIDDEN", {}]);
    telegram.fault({ kind: "no_rich" });
    await api.sendMessage(ann, "plain");
    expect(
      (await refusalOf(api.raw.sendRichMessage({ chat_id: ann, rich_message: { markdown: "# x" } }))).error_code,
    ).toBe(400);
    expect(telegram.violations()).toEqual([]);
    expect(new Set(telegram.refused().map(({ blame }) => blame))).toEqual(new Set(["injected"]));
  });

  test("a proxy's page is no answer of the platform", async () => {
    telegram.say({ from: ann, text: "hello" });
    telegram.fault({ kind: "gateway" });
    expect(await api.sendMessage(ann, "x").catch((cause: unknown) => cause)).toBeInstanceOf(HttpError);
    expect(telegram.taken()).toEqual([]);
  });

  test("strike the requests that they are for, as often as they are told", async () => {
    telegram.say({ from: ann, text: "hello" });
    telegram.fault({ kind: "broken", method: "edit*" });
    telegram.fault({ kind: "broken", skip: 1, times: 2 });
    const codes: unknown[] = [];
    for (let count = 0; count < 5; count += 1) {
      codes.push(
        await api.sendMessage(ann, `${count}`).then(
          ({ text }) => text,
          () => "broken",
        ),
      );
    }
    expect(codes).toEqual(["0", "broken", "broken", "3", "4"]);
    telegram.fault({ kind: "broken", times: "always", chance: 0 });
    await api.sendMessage(ann, "5");
    telegram.fault({ kind: "broken", times: "always" });
    expect((await refusalOf(api.sendMessage(ann, "6"))).error_code).toBe(500);
    await api.sendChatAction(ann, "typing");
    telegram.noFaults();
    await api.sendMessage(ann, "7");
    expect(() => telegram.fault({ kind: "broken", method: "sendMesage" })).toThrow("no method");
  });

  test("an answer may be late, and a limit may hold for the whole bot", async () => {
    const bob = telegram.addPerson({ name: "Bob" });
    for (const from of [ann, bob]) telegram.say({ from, text: "hello" });
    telegram.fault({ kind: "slow", ms: 5000 });
    let isAnswered = false;
    const late = api.sendMessage(ann, "late").then(() => (isAnswered = true));
    await telegram.until(() => telegram.messages(ann).length === 2);
    await api.sendMessage(bob, "meanwhile");
    expect(isAnswered).toBe(false);
    clock.advance(5000);
    await late;
    telegram.fault({ kind: "limit", seconds: 2, scope: "bot", chat: ann });
    expect((await refusalOf(api.sendMessage(ann, "x"))).error_code).toBe(429);
    expect((await refusalOf(api.sendMessage(bob, "x"))).error_code).toBe(429);
    clock.advance(2000);
    await api.sendMessage(bob, "x");
  });
});
