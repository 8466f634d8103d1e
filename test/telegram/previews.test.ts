/** What a chat sees while the agent works. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Channel, Shown } from "../../src/channels/channel.ts";
import type { Sent } from "../../src/message.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { failure, never, open } from "./stand.ts";

let telegram: Telegram;
let channel: Channel;
let ann: number;
let club: number;
let at: number;

beforeEach(() => {
  telegram = startTelegram();
  at = 1_000_000;
  ({ channel } = open(telegram, { now: () => at }));
  ann = telegram.addPerson({ name: "Ann" });
  telegram.say({ from: ann, text: "hello" });
  club = telegram.addGroup({ title: "Garden club", people: [ann], bot: "member" });
});

afterEach(async () => {
  expect(telegram.violations()).toEqual([]);
  await telegram.stop();
});

const show = async (chat: number | string, shown: Shown, previous?: string, reply?: string): Promise<string> => {
  const to = { chat: String(chat), ...(reply === undefined ? {} : { reply }) };
  const options = { abort: never(), ...(previous === undefined ? {} : { previous }) };
  const sent: Sent | undefined = await channel.preview?.(to, shown, options);
  if (!sent) throw new Error("there are no previews");
  return sent.id;
};

const seen = (chat = ann) => telegram.messages(chat).filter(({ isBot }) => isBot);
const methods = () => telegram.log().map(({ method }) => method);

describe("in a private chat", () => {
  test("is one draft that grows, with a button to stop it", async () => {
    const id = await show(ann, { text: "Roses" });
    expect(await show(ann, { text: "Roses are **red**" }, id)).toBe(id);
    expect(id).toStartWith("draft:");
    expect(seen()).toMatchObject([{ isDraft: true, text: "Roses are **red**", buttons: [["Stop"]] }]);
    expect(telegram.taken().map(({ kind, method }) => [kind, method])).toEqual([
      ["draft", "sendRichMessageDraft"],
      ["draft", "sendRichMessageDraft"],
    ]);
  });

  test("is another one for the next answer", async () => {
    const first = await show(ann, { text: "One" });
    expect(await show(ann, { text: "Two" })).not.toBe(first);
  });

  test("stands in the topic that asked", async () => {
    const topical = telegram.makeBot({ hasTopics: true });
    ({ channel } = open(telegram, { token: topical.token }));
    telegram.say({ from: ann, text: "hello", bot: topical.id });
    const roses = telegram.addTopic(ann, "Roses", topical.id);
    await show(`${ann}/${roses}`, { text: "Roses" });
    expect(telegram.drafts(ann, topical.id)).toMatchObject([{ text: "Roses", thread: roses }]);
  });

  test("tells what the agent does, below what it has written", async () => {
    const id = await show(ann, { text: "", activity: "Searching the *web*" });
    expect(seen()[0]?.text).toBe("*Searching the \\*web\\**");
    await show(ann, { text: "Found:\n\n```py\nx = 1", activity: "Reading" }, id);
    expect(seen()[0]?.text).toBe("Found:\n\n```py\nx = 1\n```\n\n*Reading*");
  });

  test("is a plain draft where rich ones are not taken", async () => {
    telegram.fault({ kind: "no_rich", times: "always" });
    await show(ann, { text: "**Roses**" });
    expect(seen()).toMatchObject([{ isDraft: true, text: "Roses" }]);
  });

  test("is a message that is edited where drafts are unknown, and that is remembered", async () => {
    for (const method of ["sendRichMessageDraft", "sendMessageDraft"] as const) {
      telegram.fault({ kind: "absent", method, times: "always" });
    }
    const id = await show(ann, { text: "Roses" });
    at += 1_000;
    await show(ann, { text: "Roses are" }, id);
    await show(ann, { text: "More" });
    expect(methods()).toEqual([
      "sendRichMessageDraft",
      "sendMessageDraft",
      "sendRichMessage",
      "editMessageText",
      "sendRichMessage",
    ]);
  });

  test("that was stopped is told by the platform", async () => {
    await show(ann, { text: "Roses" });
    telegram.stopAnswer({ from: ann });
    expect(telegram.pending()).toBeGreaterThan(0);
  });

  test("shows the end of what is too long for one message", async () => {
    const text = Array.from({ length: 1_200 }, (_, index) => `Sentence ${index} of a long answer, word for word.`).join(
      "\n\n",
    );
    await show(ann, { text });
    expect(seen()[0]?.text).toContain("Sentence 1199 of");
    expect(seen()[0]?.text).not.toContain("Sentence 3 of");
  });
});

describe("in a group", () => {
  test("is a message that answers the question and is edited every three seconds at most", async () => {
    const asked = telegram.say({ from: ann, chat: club, text: "@box_bot roses?" }).message_id;
    const id = await show(club, { text: "Roses" }, undefined, String(asked));
    at += 1_000;
    expect(await show(club, { text: "Roses are" }, id)).toBe(id);
    expect(seen(club)).toMatchObject([{ text: "Roses", replyTo: asked }]);
    at += 2_000;
    await show(club, { text: "Roses are red" }, id);
    expect(seen(club)).toMatchObject([{ id: Number(id), text: "Roses are red" }]);
  });

  test("is not edited to say the same, which keeps nothing alive there", async () => {
    const id = await show(club, { text: "Roses" });
    at += 10_000;
    await show(club, { text: "Roses" }, id);
    expect(methods()).toEqual(["sendRichMessage"]);
  });

  test("waits as long as the platform says, and nobody else does", async () => {
    const id = await show(club, { text: "Roses" });
    telegram.fault({ kind: "limit", seconds: 30, scope: "chat" });
    at += 3_000;
    expect(await failure(show(club, { text: "Roses are" }, id))).toMatchObject({ code: "send_limited" });
    at += 10_000;
    expect(await show(club, { text: "Roses are red" }, id)).toBe(id);
    expect(await failure(show(club, { text: "Tulips" }))).toMatchObject({ code: "send_limited", retryAfterMs: 20_000 });
    await show(ann, { text: "Violets" });
    expect(telegram.log().filter(({ early }) => early)).toEqual([]);
  });
});

describe("taking one back", () => {
  test("removes a message, and leaves a draft to itself", async () => {
    const id = await show(club, { text: "Roses" });
    await channel.remove?.({ chat: String(club) }, id, never());
    expect(seen(club)).toEqual([]);
    await channel.remove?.({ chat: String(club) }, id, never());
    const draft = await show(ann, { text: "Roses" });
    await channel.remove?.({ chat: String(ann) }, draft, never());
    expect(methods().at(-1)).toBe("sendRichMessageDraft");
  });
});
