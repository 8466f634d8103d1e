/** What a message may hold: text and its markup, rich messages, buttons, files. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Api, InputFile } from "grammy";
import type { MessageEntity } from "grammy/types";
import { descriptionOf } from "./refused.ts";
import { startTelegram, type Telegram } from "./server.ts";

let telegram: Telegram;
let api: Api;
let ann: number;

beforeEach(() => {
  telegram = startTelegram();
  api = new Api(telegram.bot().token, { apiRoot: telegram.url });
  ann = telegram.addPerson({ name: "Ann" });
  telegram.say({ from: ann, text: "hello" });
});

afterEach(() => telegram.stop());

const at = (type: string, offset: number, length: number) => ({ type, offset, length }) as MessageEntity;

describe("markup", () => {
  test("does not count: 4096 characters are what is left of it", async () => {
    const text = "<b>x</b>".repeat(100) + "y".repeat(3996);
    expect((await api.sendMessage(ann, text, { parse_mode: "HTML" })).text).toHaveLength(4096);
    expect(await descriptionOf(api.sendMessage(ann, `${text}z`, { parse_mode: "HTML" }))).toContain("too long");
    expect(await descriptionOf(api.sendMessage(ann, "💡".repeat(2049)))).toContain("too long");
  });

  test("HTML becomes entities", async () => {
    const html =
      `<b>bold <i>both</i></b> &lt;&amp;&#33; <a href="https://example.com/?a=1&amp;b=2">link</a> ` +
      `<pre><code class="language-ts">let a;</code></pre><blockquote expandable>q</blockquote>`;
    const { text, entities } = await api.sendMessage(ann, html, { parse_mode: "HTML" });
    expect(text).toBe("bold both <&! link let a;q");
    expect(entities).toEqual([
      { type: "bold", offset: 0, length: 9 },
      { type: "italic", offset: 5, length: 4 },
      { type: "text_link", offset: 14, length: 4, url: "https://example.com/?a=1&b=2" },
      { type: "pre", offset: 19, length: 6, language: "ts" },
      { type: "expandable_blockquote", offset: 25, length: 1 },
    ]);
    expect((await api.sendMessage(ann, "&#x110000; &nbsp; &#128161;", { parse_mode: "HTML" })).text).toBe(
      "&#x110000; &nbsp; 💡",
    );
    expect(await descriptionOf(api.sendMessage(ann, "&#xD83D;", { parse_mode: "HTML" }))).toContain("UTF-8");
    for (const wrong of ["<div>x</div>", "<b>x</i>", "a < b", "<b>x"]) {
      expect(await descriptionOf(api.sendMessage(ann, wrong, { parse_mode: "HTML" }))).toContain(
        "can't parse entities",
      );
    }
  });

  test("MarkdownV2 becomes entities", async () => {
    const markdown =
      "*bold _both_* __under__ ~gone~ ||hid|| `a*b` [li\\.nk](https://example.com/a\\)b)\n" +
      ">quote\n>more\nafter\\!\n```ts\nlet a;\n```";
    const { text, entities } = await api.sendMessage(ann, markdown, { parse_mode: "MarkdownV2" });
    expect(text).toBe("bold both under gone hid a*b li.nk\nquote\nmore\nafter!\nlet a;\n");
    expect(entities?.map(({ type, offset, length }) => [type, offset, length])).toEqual([
      ["bold", 0, 9],
      ["italic", 5, 4],
      ["underline", 10, 5],
      ["strikethrough", 16, 4],
      ["spoiler", 21, 3],
      ["code", 25, 3],
      ["text_link", 29, 5],
      ["blockquote", 35, 11],
      ["pre", 53, 7],
    ]);
    for (const wrong of ["a-b", "*bold", "[x]", "1. one", "(x)"]) {
      expect(await descriptionOf(api.sendMessage(ann, wrong, { parse_mode: "MarkdownV2" }))).toContain(
        "can't parse entities",
      );
    }
  });

  test("entities have to nest as documented", async () => {
    const taken = [
      [at("bold", 0, 8), at("italic", 2, 3)],
      [at("blockquote", 0, 8), at("code", 2, 3)],
      [at("bold", 0, 3), at("code", 3, 3)],
      [at("bold", 0, 3), at("italic", 0, 3)],
      [at("bold", 0, 8), at("bold", 2, 3)],
    ];
    for (const entities of taken) await api.sendMessage(ann, "some text", { entities });
    const refused = [
      [at("bold", 0, 5), at("italic", 3, 5)],
      [at("pre", 0, 8), at("bold", 2, 3)],
      [at("blockquote", 0, 8), at("expandable_blockquote", 2, 3)],
      [at("code", 0, 3), at("pre", 0, 3)],
      [at("bold", -1, 3)],
      [at("bold", 0, 0)],
      [at("shout", 0, 3)],
      Array.from({ length: 101 }, () => at("bold", 0, 1)),
    ];
    for (const entities of refused) {
      expect(await descriptionOf(api.sendMessage(ann, "some text", { entities }))).toStartWith("Bad Request: ");
    }
    expect(await descriptionOf(api.sendMessage(ann, "💡x", { entities: [at("bold", 1, 2)] }))).toContain("middle");
    const both = { parse_mode: "HTML" as const, entities: [at("bold", 0, 1)] };
    expect(await descriptionOf(api.sendMessage(ann, "x", both))).toContain("exclude each other");
    expect(telegram.violations()).toHaveLength(refused.length + 2);
  });

  test("a quote has to be in what is replied to", async () => {
    const said = telegram.say({ from: ann, text: "a long thought" });
    const reply = (quote: string) => ({ reply_parameters: { message_id: said.message_id, quote } });
    expect(await api.sendMessage(ann, "x", reply("thought"))).toMatchObject({
      quote: { text: "thought", position: 7 },
    });
    expect(await descriptionOf(api.sendMessage(ann, "x", reply("idea")))).toContain("QUOTE_TEXT_INVALID");
    const gone = { message_id: 999 };
    expect(await descriptionOf(api.sendMessage(ann, "x", { reply_parameters: gone }))).toContain("not found");
    await api.sendMessage(ann, "x", { reply_parameters: { ...gone, allow_sending_without_reply: true } });
  });
});

const rich = (markdown: string) => api.raw.sendRichMessage({ chat_id: ann, rich_message: { markdown } });

describe("rich messages", () => {
  test("keep their source for readers and can replace text, and text them", async () => {
    const sent = await api.sendMessage(ann, "plain");
    await api.raw.editMessageText({ chat_id: ann, message_id: sent.message_id, rich_message: { markdown: "# Title" } });
    expect(telegram.messages(ann)[1]).toMatchObject({ text: "# Title", isRich: true, isEdited: true });
    const same = { chat_id: ann, message_id: sent.message_id, rich_message: { markdown: "# Title" } };
    expect(await descriptionOf(api.raw.editMessageText(same))).toContain("not modified");
    await api.editMessageText(ann, sent.message_id, "plain again");
    expect(telegram.messages(ann)[1]).toMatchObject({ text: "plain again", isRich: false });
  });

  test("hold 32768 characters and 500 blocks", async () => {
    await rich("x".repeat(32_768));
    expect(await descriptionOf(rich("x".repeat(32_769)))).toContain("too long");
    await rich("- item\n".repeat(500));
    expect(await descriptionOf(rich("- item\n".repeat(501)))).toContain("501 blocks");
    await rich(`\`\`\`\n${"- no item\n".repeat(600)}\`\`\``);
    expect(await descriptionOf(rich("para\n\n".repeat(501)))).toContain("501 blocks");
    expect(await descriptionOf(rich(`|${"a|".repeat(21)}`))).toContain("columns");
    expect(await descriptionOf(rich(`${" ".repeat(64)}- deep`))).toContain("levels");
    expect(await descriptionOf(rich("![](tg://photo?id=one)"))).toContain("no media one");
    expect(await descriptionOf(rich("![](/etc/passwd)"))).toContain("http");
    expect(await descriptionOf(rich("  "))).toContain("empty");
    const two = { chat_id: ann, rich_message: { markdown: "x", html: "x" } };
    expect(await descriptionOf(api.raw.sendRichMessage(two))).toContain("exactly one");
  });

  test("tell when they make the platform fetch something, which a draft may not", async () => {
    const markdown = "![](https://evil.example/?secret)";
    await rich("no picture: https://example.com");
    expect(telegram.fetched()).toEqual([]);
    await rich(markdown);
    expect(telegram.fetched()).toEqual([markdown]);
    const draft = { chat_id: ann, draft_id: 1, rich_message: { markdown } };
    expect(await descriptionOf(api.raw.sendRichMessageDraft(draft))).toContain("fetch");
    await api.raw.sendRichMessageDraft({ ...draft, rich_message: { markdown: "**so far**" } });
    expect(telegram.messages(ann).at(-1)).toMatchObject({ isDraft: true, text: "**so far**" });
  });
});

const one = (name: string) => ({ type: "photo" as const, media: new InputFile(Buffer.from(name), `${name}.png`) });
const big = (bytes: number) => new InputFile(new Uint8Array(bytes), "big.bin");

describe("files", () => {
  test("of a bot are shown with their caption", async () => {
    const photo = new InputFile(new Uint8Array([1, 2, 3]), "a.png");
    const sent = await api.sendPhoto(ann, photo, { caption: "<b>tree</b>", parse_mode: "HTML" });
    expect(sent).toMatchObject({ caption: "tree", caption_entities: [{ type: "bold", offset: 0, length: 4 }] });
    await api.sendDocument(ann, new InputFile(Buffer.from("notes"), "notes.md"));
    await api.sendVoice(ann, new InputFile(Buffer.from("ogg"), "v.ogg"), { duration: 3 });
    await api.sendAudio(ann, new InputFile(Buffer.from("mp3"), "a.mp3"), { title: "Song" });
    const first = sent.photo.at(-1)?.file_id ?? "";
    await api.sendPhoto(ann, first);
    await api.editMessageCaption(ann, sent.message_id, { caption: "a tree" });
    expect(telegram.messages(ann).map(({ attached, text }) => [attached, text])).toEqual([
      [undefined, "hello"],
      ["photo", "a tree"],
      ["document", ""],
      ["voice", ""],
      ["audio", ""],
      ["photo", ""],
    ]);
    expect(telegram.log().find(({ method }) => method === "sendDocument")?.files).toMatchObject([
      { name: "notes.md", size: 5 },
    ]);
    expect(telegram.violations()).toEqual([]);
  });

  test("of a bot come as an album too", async () => {
    const sent = await api.sendMediaGroup(ann, [one("a"), { ...one("b"), caption: "two" }]);
    expect(sent.map(({ caption }) => caption)).toEqual([undefined, "two"]);
    expect(new Set(sent.map((message) => "media_group_id" in message && message.media_group_id)).size).toBe(1);
    expect(await descriptionOf(api.sendMediaGroup(ann, [one("a")]))).toContain("media");
  });

  test("have limits", async () => {
    const megabyte = 1024 * 1024;
    expect(await descriptionOf(api.sendPhoto(ann, big(10 * megabyte + 1)))).toContain("too big");
    expect(await descriptionOf(api.sendDocument(ann, big(50 * megabyte + 1)))).toBe("Request Entity Too Large");
    expect(await descriptionOf(api.sendDocument(ann, big(0)))).toContain("non-empty");
    const long = { caption: "x".repeat(1025) };
    expect(await descriptionOf(api.sendDocument(ann, big(1), long))).toContain("caption is too long");
    expect(await descriptionOf(api.sendDocument(ann, "AgADunknown"))).toContain("wrong remote file identifier");
    expect(telegram.messages(ann)).toHaveLength(1);
  });

  test("of a person can be downloaded, up to 20 MB", async () => {
    const { document } = telegram.document({ from: ann, data: "notes", name: "notes.md" });
    const file = await api.getFile(document?.file_id ?? "");
    expect(file).toMatchObject({ file_size: 5, file_unique_id: document?.file_unique_id });
    const root = `${telegram.url}/file/bot${telegram.bot().token}`;
    expect(await (await fetch(`${root}/${file.file_path}`)).text()).toBe("notes");
    expect((await fetch(`${root}/documents/none`)).status).toBe(404);
    const { voice } = telegram.voice({ from: ann });
    expect((await api.getFile(voice?.file_id ?? "")).file_path).toEndWith(".oga");
    const { video } = telegram.video({ from: ann, size: 20 * 1024 * 1024 + 1 });
    expect(await descriptionOf(api.getFile(video?.file_id ?? ""))).toBe("Bad Request: file is too big");
    // Bun asks once more by itself where a kept connection ends before the answer to a GET.
    telegram.fault({ kind: "cut", method: "download", times: "always" });
    expect(await fetch(`${root}/${file.file_path}`).catch(() => "cut")).toBe("cut");
    expect(JSON.stringify(telegram.log())).not.toContain(telegram.bot().token);
  });
});

const keyboard = (inline_keyboard: readonly (readonly object[])[]) =>
  api.sendMessage(ann, "x", { reply_markup: { inline_keyboard } as never });

test("more than a hundred buttons, and ones that do two things or none, are refused", async () => {
  const button = { text: "Y", callback_data: "y" };
  await keyboard([Array.from({ length: 100 }, () => button)]);
  expect(await descriptionOf(keyboard([Array.from({ length: 101 }, () => button)]))).toContain("too long");
  expect(await descriptionOf(keyboard([[{ text: "Y" }]]))).toContain("Text buttons are unallowed");
  expect(await descriptionOf(keyboard([[{ ...button, url: "https://example.com" }]]))).toContain("too many");
  expect(await descriptionOf(keyboard([[{ ...button, calback: "y" }]]))).toContain("unknown field calback");
});
