/** What the channel says in chats, as the platform takes it: in the form that is asked for, or a simpler one. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Channel, SendOptions } from "../../src/channels/channel.ts";
import type { Part, Reply } from "../../src/message.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { failure, never, open } from "./stand.ts";

let telegram: Telegram;
let channel: Channel;
let ann: number;
let asked: number;

beforeEach(() => {
  telegram = startTelegram();
  ({ channel } = open(telegram));
  ann = telegram.addPerson({ name: "Ann" });
  asked = telegram.say({ from: ann, text: "hello" }).message_id;
});

afterEach(async () => {
  expect(telegram.violations()).toEqual([]);
  await telegram.stop();
});

let sendKeys = 0;

const send = (part: Part, options: Partial<SendOptions> & { readonly chat?: string; readonly reply?: string } = {}) => {
  const { chat = String(ann), reply, ...more } = options;
  sendKeys += 1;
  return channel.send({ chat, ...(reply === undefined ? {} : { reply }) }, part, {
    sendKey: `key-${sendKeys}`,
    abort: never(),
    ...more,
  });
};

/** As the pipeline does: what is left of a part is said next, as an attempt of its own. */
const sayAll = async (parts: readonly Part[], options: Parameters<typeof send>[1]): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let [part, ...after] = parts; part; [part, ...after] = parts) {
    const { id, rest = [] } = await send(part, options);
    ids.push(id);
    parts = [...rest, ...after];
  }
  return ids;
};

const say = (reply: Reply, options: Parameters<typeof send>[1] = {}): Promise<readonly string[]> =>
  sayAll(channel.render(reply), options);

const answers = (chat = ann) => telegram.messages(chat).filter(({ isBot }) => isBot);
const methods = () => telegram.log().map(({ method }) => method);

describe("an answer", () => {
  test("is a rich message that answers the question, without previews of its links", async () => {
    await say({ text: "# Plan\n\n| a | b |\n|---|---|\n| 1 | **2** |" }, { reply: String(asked) });
    expect(answers()).toMatchObject([{ isRich: true, replyTo: asked }]);
    expect(answers()[0]?.text).toContain("Plan");
  });

  test("says itself when what it answers is gone", async () => {
    telegram.erase({ from: ann, id: asked });
    await say({ text: "hello" }, { reply: String(asked) });
    expect(answers()).toMatchObject([{ text: "hello", replyTo: undefined }]);
  });

  test("goes to the topic that asked", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], hasTopics: true, bot: "member" });
    const roses = telegram.addTopic(club, "Roses");
    await say({ text: "prune them" }, { chat: `${club}/${roses}` });
    expect(answers(club)).toMatchObject([{ text: "prune them", thread: roses }]);
  });

  test("of any length arrives whole", async () => {
    const text = Array.from({ length: 3_000 }, (_, index) => `Sentence number ${index} of a long answer.`).join("\n\n");
    const ids = await say({ text });
    expect(ids.length).toBeGreaterThan(1);
    const said = answers().map((one) => one.text);
    for (const index of [0, 1_499, 2_999]) expect(said.join("\n")).toContain(`Sentence number ${index} of`);
  });

  test("names images without letting the platform fetch them, unless that is allowed", async () => {
    const text = "![roses](https://evil.example/track.png)\n\nsee above";
    await say({ text });
    expect(telegram.fetched()).toEqual([]);
    ({ channel } = open(telegram, { remoteImages: "yes" }));
    await say({ text });
    expect(telegram.fetched()).toHaveLength(1);
  });

  test("has its choices as buttons, short ones side by side", async () => {
    const choices = ["Yes", "No", "Ask me again on another day, please"].map((label, index) => ({
      id: `0123456789abcdef0123456789abcdef/${index}`,
      label,
    }));
    await say({ text: "Shall I?", choices });
    expect(answers()[0]?.buttons).toEqual([["Yes", "No"], ["Ask me again on another day, please"]]);
    telegram.press({ from: ann, id: answers()[0]?.id ?? 0, label: "No" });
  });

  test("that tells what the agent thought is folded", async () => {
    await say({ text: "I *wonder* whether", aside: true });
    const [call] = telegram.log().filter(({ method }) => method === "sendMessage");
    expect(call?.args["entities"]).toEqual([
      { type: "expandable_blockquote", offset: 0, length: 16 },
      { type: "italic", offset: 2, length: 6 },
    ]);
  });
});

describe("what the platform does not take as it is", () => {
  const text = "**bold** and [a link](https://letta.example/)";

  test("is said with entities, where rich messages are unknown; that is remembered", async () => {
    telegram.fault({ kind: "absent", method: "sendRichMessage", times: "always" });
    await say({ text });
    await say({ text });
    expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendMessage"]);
    const [call] = telegram.log().filter(({ method }) => method === "sendMessage");
    expect(call?.args["entities"]).toEqual([
      { type: "bold", offset: 0, length: 4 },
      { type: "text_link", offset: 9, length: 6, url: "https://letta.example/" },
    ]);
    expect(call?.args["link_preview_options"]).toEqual({ is_disabled: true });
  });

  test("is said with entities, where rich messages are not supported; that is remembered", async () => {
    telegram.fault({ kind: "no_rich", times: "always" });
    await say({ text });
    await say({ text });
    expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendMessage"]);
  });

  test("is said with entities when it is not understood; the next is tried as it is", async () => {
    telegram.fault({ kind: "cannot_parse", method: "sendRichMessage" });
    await say({ text });
    await say({ text });
    expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendRichMessage"]);
    expect(answers().map((one) => one.text)).toContain("bold and a link");
  });

  test("is said plainly when entities are not understood either", async () => {
    telegram.fault({ kind: "cannot_parse", times: 2 });
    await say({ text }, { reply: String(asked) });
    expect(answers()).toMatchObject([{ text: "bold and a link", replyTo: asked }]);
    expect(telegram.log().at(-1)?.args["entities"]).toEqual([]);
  });

  test("is given up when plain text is refused, with what the platform knows", async () => {
    telegram.fault({ kind: "chat_not_found", times: "always" });
    expect(await failure(say({ text }))).toMatchObject({ code: "send_refused", verdict: "fail" });
  });

  test("a token that is no good, for which there is no method at all, does not make rich messages unknown", async () => {
    telegram.fault({ kind: "absent", times: 2 });
    expect(await failure(say({ text }))).toMatchObject({ code: "bot_rejected", verdict: "retry" });
    await say({ text });
    expect(methods()).toEqual(["sendRichMessage", "sendMessage", "sendRichMessage"]);
  });
});

describe("a part of several messages", () => {
  const table = Array.from({ length: 200 }, (_, row) => `| row ${row} | ${"x".repeat(60)} |`);
  const text = ["| a | b |", "| --- | --- |", ...table].join("\n");

  test("is said one by one: what is not said yet is the rest", async () => {
    telegram.fault({ kind: "absent", method: "sendRichMessage", times: "always" });
    telegram.fault({ kind: "refuse", method: "sendMessage", skip: 1, code: 429, description: "Too Many Requests" });
    const [part] = channel.render({ text, choices: [{ id: "0123456789abcdef0123456789abcdef/0", label: "Yes" }] });
    if (!part) throw new Error("nothing to send");
    const { rest = [] } = await send(part);
    expect(answers()).toHaveLength(1);
    const [next] = rest;
    expect(await failure(send(next ?? part))).toMatchObject({ code: "send_limited" });
    await sayAll(rest, {});
    expect(answers().length).toBeGreaterThan(2);
    expect(answers().at(-1)?.text).toContain("row 199");
    expect(answers().map(({ buttons }) => buttons.length)).toEqual([...rest.map(() => 0), 1]);
    expect(telegram.copies()).toEqual([]);
  });

  test("has its file first, and only once", async () => {
    const file = { id: "1", kind: "document", name: "a.txt" } as const;
    await sayAll([{ text: "word ".repeat(400), file }], {});
    expect(answers().map(({ attached }) => attached)).toEqual(["document", undefined]);
  });
});

describe("a preview", () => {
  const [first] = [{ text: "Draft" }];

  test("that is a message becomes the answer", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
    const shown = await channel.preview?.({ chat: String(club) }, first, { abort: never() });
    const [part] = channel.render({ text: "**Done**" });
    if (!part || !shown) throw new Error("nothing to send");
    const sent = await send(part, { chat: String(club), replaces: shown.id });
    expect(sent.id).toBe(shown.id);
    expect(answers(club)).toMatchObject([{ id: Number(shown.id), text: "**Done**", isEdited: true }]);
  });

  test("that says the same already is the answer", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
    const shown = await channel.preview?.({ chat: String(club) }, { text: "Done" }, { abort: never() });
    const [part] = channel.render({ text: "Done" });
    if (!part || !shown) throw new Error("nothing to send");
    expect(await send(part, { chat: String(club), replaces: shown.id })).toEqual(shown);
    expect(answers(club)).toHaveLength(1);
  });

  test("that is gone is no loss: the answer is sent anew", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
    const [part] = channel.render({ text: "Done" });
    const sent = await send(part ?? first, { chat: String(club), replaces: "99999" });
    expect(answers(club)).toMatchObject([{ id: Number(sent.id), text: "Done" }]);
  });

  test("that cannot become the answer goes when the answer is there", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
    const shown = await channel.preview?.({ chat: String(club) }, first, { abort: never() });
    telegram.fault({ kind: "cannot_parse", method: "editMessageText" });
    const [part] = channel.render({ text: "Done" });
    await send(part ?? first, { chat: String(club), replaces: shown?.id ?? "" });
    expect(answers(club).map((one) => one.text)).toEqual(["Done"]);
  });

  test("that cannot become a file goes when the file is there", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
    const shown = await channel.preview?.({ chat: String(club) }, first, { abort: never() });
    const part = { text: "Done", file: { id: "1", kind: "document", name: "a.txt" } } as const;
    await send(part, { chat: String(club), replaces: shown?.id ?? "" });
    expect(answers(club)).toMatchObject([{ attached: "document", text: "Done" }]);
    expect(answers(club)).toHaveLength(1);
  });

  test("whose edit has no answer may be edited again: that is no copy", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
    const shown = await channel.preview?.({ chat: String(club) }, first, { abort: never() });
    const [part] = channel.render({ text: "Done" });
    if (!part || !shown) throw new Error("nothing to send");
    telegram.fault({ kind: "lost", method: "editMessageText" });
    const options = { chat: String(club), replaces: shown.id, sendKey: "edit" };
    expect(await failure(send(part, options))).toMatchObject({ verdict: "retry" });
    expect((await send(part, options)).id).toBe(shown.id);
    expect(answers(club)).toHaveLength(1);
  });

  test("that is a draft is followed by the answer", async () => {
    const shown = await channel.preview?.({ chat: String(ann) }, first, { abort: never() });
    const [part] = channel.render({ text: "Done" });
    await send(part ?? first, { replaces: shown?.id ?? "" });
    expect(answers().map((one) => one.text)).toEqual(["Done"]);
    expect(telegram.leftBehind()).toEqual([]);
  });
});

const file = (kind: "image" | "voice" | "audio" | "document", name?: string) => ({
  id: "1",
  kind,
  ...(name === undefined ? {} : { name }),
});

describe("files", () => {
  test("are sent as what they are to a person", async () => {
    for (const kind of ["image", "voice", "audio", "document"] as const) await send({ text: "", file: file(kind) });
    expect(methods()).toEqual(["sendPhoto", "sendVoice", "sendAudio", "sendDocument"]);
    expect(answers().map(({ attached }) => attached)).toEqual(["photo", "voice", "audio", "document"]);
  });

  test("keep their names, whatever is in them", async () => {
    await send({ text: "", file: file("document", 'our plan; "final" – größe.pdf') });
    expect(telegram.log().at(-1)?.files).toMatchObject([{ name: "our plan; 'final' – größe.pdf", size: 5 }]);
  });

  test("carry a short answer, and come behind a long one", async () => {
    await say({ text: "**Here**", files: [file("document", "a.txt")] });
    expect(answers()).toMatchObject([{ attached: "document", text: "Here" }]);
    await say({ text: "word ".repeat(400), files: [file("document", "b.txt")] });
    expect(answers().map(({ attached }) => attached)).toEqual(["document", undefined, "document"]);
  });

  test("that are no picture or voice for the platform are sent as documents", async () => {
    telegram.fault({
      kind: "refuse",
      method: "sendPhoto",
      code: 400,
      description: "Bad Request: PHOTO_INVALID_DIMENSIONS",
    });
    await send({ text: "look", file: file("image", "tall.png") });
    telegram.fault({
      kind: "refuse",
      method: "sendVoice",
      code: 400,
      description: "Bad Request: VOICE_MESSAGES_FORBIDDEN",
    });
    await send({ text: "", file: file("voice") });
    expect(answers().map(({ attached }) => attached)).toEqual(["document", "audio"]);
  });

  test("that the platform would not take are not even sent", async () => {
    const huge = { size: 60 * 1024 * 1024 } as Blob;
    ({ channel } = open(telegram, { openFile: () => Promise.resolve(huge) }));
    expect(await failure(send({ text: "", file: file("document") }))).toMatchObject({ code: "send_refused" });
    expect(methods()).toEqual([]);
  });
});

describe("what becomes of a send", () => {
  const part: Part = { text: "hello" };

  test("a limit tells how long to wait", async () => {
    telegram.fault({ kind: "limit", seconds: 7 });
    expect(await failure(send(part))).toMatchObject({ code: "send_limited", retryAfterMs: 7_000 });
  });

  test("an upgraded group tells its new address", async () => {
    const club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
    const now = telegram.upgrade(club);
    expect(await failure(send(part, { chat: String(club) }))).toMatchObject({
      code: "send_moved",
      verdict: "retry",
      movedTo: String(now),
    });
    await send(part, { chat: String(now) });
    expect(answers(now)).toMatchObject([{ text: "hello" }]);
  });

  test("a block, a broken server, a proxy's page and a cut are told apart", async () => {
    const cases = [
      ["blocked", "send_refused"],
      ["deactivated", "send_refused"],
      ["kicked", "send_refused"],
      ["broken", "send_unreachable"],
      ["gateway", "send_lost"],
      ["cut", "send_lost"],
      ["lost", "send_lost"],
    ] as const;
    for (const [kind, code] of cases) {
      telegram.fault({ kind });
      const fault = await failure(send(part));
      expect([kind, fault]).toMatchObject([kind, { code }]);
      expect(Bun.inspect(fault)).not.toContain(telegram.bot().token);
    }
  });

  test("what answers in its own words in the place of Telegram says nothing of what became of it", async () => {
    const proxy = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json({ message: "upstream is away" }, { status: 502 }),
    });
    ({ channel } = open(telegram, { root: proxy.url.origin }));
    expect(await failure(send(part))).toMatchObject({ code: "send_lost" });
    await proxy.stop(true);
  });

  test("stopping breaks it off, and what became of it is not known", async () => {
    telegram.fault({ kind: "slow", ms: 60_000 });
    const abort = new AbortController();
    const sending = send(part, { abort: abort.signal });
    await telegram.until(() => telegram.log().length === 1);
    abort.abort();
    expect(await failure(sending)).toMatchObject({ code: "send_lost" });
  });
});
