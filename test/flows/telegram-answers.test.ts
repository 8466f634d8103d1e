/** How answers come to a Telegram chat: what is shown while the agent writes, how long ones are cut, and what goes wrong. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { png } from "../support/pictures.ts";
import { startTelegramBox, type TelegramBox } from "../support/telegram-box.ts";

let box: TelegramBox;
let ann: number;
let bob: number;

beforeEach(async () => {
  box = await startTelegramBox();
  ann = box.telegram.addPerson({ name: "Ann" });
  bob = box.telegram.addPerson({ name: "Bob" });
});

afterEach(() => box.stop());

const say = (text: string, from = ann) => box.telegram.say({ from, text });
const standing = (chat = ann): readonly string[] =>
  box
    .said(chat)
    .filter(({ isDraft }) => !isDraft)
    .map(({ text }) => text);
const drafts = () => box.telegram.taken(ann).filter(({ kind }) => kind === "draft");
const outbox = () => box.rows<{ state: string }>("SELECT state FROM outbox ORDER BY id").map(({ state }) => state);
const posted = (method: string) => box.telegram.log().filter((one) => one.method === method);

describe("while the agent writes", () => {
  test("a draft appears and grows, and the answer takes its place", async () => {
    say("demo slow 150 that was it");
    await box.told(ann, "that was it");
    const shown = drafts().map(({ text }) => text);
    expect(shown.length).toBeGreaterThan(1);
    expect(shown.map((text) => text.length)).toEqual(shown.map((text) => text.length).toSorted((a, b) => a - b));
    expect(standing()).toHaveLength(1);
    expect(posted("sendChatAction").length).toBeGreaterThan(0);
  });

  test("the Stop button of the draft ends the answer; what was said stays, and nothing else is stopped", async () => {
    say("demo slow 2000 never", ann);
    say("demo slow 100 other", bob);
    await box.until(() => box.telegram.drafts(ann)[0]);
    box.telegram.stopAnswer({ from: ann });
    await box.until(() => box.rows("SELECT 1 FROM turns WHERE state = 'cancelled'")[0]);
    await box.told(bob, "other");
    await box.quiet();
    expect(standing()).toHaveLength(1);
    expect(standing()[0]).toStartWith("one two");
    expect(standing().join()).not.toContain("never");
    expect(box.letta.asked().some(({ path }) => path.endsWith("/cancel"))).toBe(true);
  });

  test("what was asked behind an answer that is stopped is answered, and a stop that comes too late stops nothing", async () => {
    say("demo slow 2000 never");
    const draft = await box.until(() => box.telegram.drafts(ann)[0]);
    say("demo slow 100 something else");
    await box.until(() => box.rows("SELECT 1 FROM turns WHERE state = 'queued'")[0]);
    box.telegram.stopAnswer({ from: ann });
    await box.until(() => box.telegram.drafts(ann).find(({ draftId }) => draftId !== draft.draftId));
    // Pressed when the next answer had just begun.
    box.telegram.unknown({
      kind: "stopped_message_generation",
      payload: { chat: { id: ann, type: "private", first_name: "Ann" }, draft_id: draft.draftId },
    });
    await box.told(ann, "something else");
    await box.quiet();
    expect(standing()).toHaveLength(2);
    expect(box.rows("SELECT state FROM turns ORDER BY id")).toEqual([{ state: "cancelled" }, { state: "done" }]);
  });

  test("a draft that is slow on its way never lands behind its answer", async () => {
    box.telegram.fault({ kind: "slow", ms: 400, method: "sendRichMessageDraft", times: "always" });
    say("demo slow 60 that was it");
    await box.told(ann, "that was it");
    await box.quiet();
    expect(drafts().length).toBeGreaterThan(0);
    expect(box.telegram.drafts(ann).filter(({ end }) => end === undefined)).toEqual([]);
  });

  test("an answer that comes to nothing leaves no draft behind", async () => {
    say("demo slow 2000 never");
    await box.until(() => box.telegram.drafts(ann)[0]);
    say("/stop");
    await box.told(ann, "Stopped");
    await box.quiet();
    say("demo silent");
    await box.quiet();
    expect(box.telegram.leftBehind()).toEqual([]);
  });

  test("what the agent thinks is shown where that is asked for, folded, in front of the answer", async () => {
    say("/reasoning on");
    await box.told(ann, "On:");
    say("demo think about it");
    await box.told(ann, "about it");
    await box.quiet();
    const [, aside, answer] = standing();
    expect(answer).toContain("about it");
    expect(aside).not.toBe("");
    expect(posted("sendMessage").map(({ args }) => JSON.stringify(args["entities"]))).toEqual([
      expect.stringContaining("expandable_blockquote"),
    ]);
    say("/reasoning off");
    await box.told(ann, "Off:");
    say("demo think again");
    await box.told(ann, "again");
    await box.quiet();
    expect(posted("sendMessage")).toHaveLength(1);
  });

  test("what the agent does is told in a line while it takes long, in a private chat as in a group", async () => {
    box.letta.slowTools(1_600);
    const club = box.telegram.addGroup({ title: "Club", people: [bob] });
    box.telegram.addBot({ chat: club, by: bob });
    await box.told(club, "Hello.");
    say("demo tool here");
    box.telegram.say({ from: bob, chat: club, text: "demo tool there", mention: true });
    await Promise.all([box.told(ann, /The tool get_time.* here/s), box.told(club, /The tool get_time.* there/s)]);
    for (const chat of [ann, club]) {
      const lines = box.telegram.taken(chat).filter(({ text }) => text.includes("Using get time"));
      expect(lines.length).toBeGreaterThan(0);
      expect(standing(chat).join()).not.toContain("Using get time");
    }
  });

  test("a message is marked while it is worked on, where that is asked for", async () => {
    say("/ack on");
    await box.told(ann, "On:");
    const { message_id: id } = say("demo slow 30 done");
    await box.until(() => box.telegram.messages(ann).find((one) => one.id === id && one.reactions.includes("👀")));
    await box.told(ann, "done");
    await box.until(() => box.telegram.messages(ann).find((one) => one.id === id && one.reactions.length === 0));
  });
});

describe("the form of an answer", () => {
  test("Markdown is a rich message; where that is refused it is text with entities; else plain text", async () => {
    say("**one** and `two`");
    await box.told(ann, "You said: **one** and `two`");
    box.telegram.fault({ kind: "no_rich", times: "always" });
    say("**three** and `four`");
    await box.told(ann, "You said: three and four");
    const { entities } = posted("sendMessage").at(-1)?.args ?? {};
    expect(JSON.stringify(entities)).toContain('"bold"');
    box.telegram.fault({ kind: "cannot_parse", method: "sendMessage" });
    say("**five** and `six`");
    await box.told(ann, "You said: five and six");
    await box.quiet();
    expect(posted("sendMessage").at(-1)?.args["entities"] ?? []).toEqual([]);
    expect(standing()).toHaveLength(3);
    expect(outbox()).toEqual(["sent", "sent", "sent"]);
  });

  test("an answer with a long block of code comes whole, within the limit", async () => {
    const code = Array.from({ length: 300 }, (_, line) => `line_${line} = "${"x".repeat(8)}"`).join("\n");
    box.telegram.fault({ kind: "no_rich", times: "always" });
    say(`look:\n\n\`\`\`py\n${code.slice(0, 3_900)}\n\`\`\``);
    await box.told(ann, "line_100");
    await box.told(ann, "demo agent");
    await box.quiet();
    const all = standing().join("\n");
    expect(all).toContain("line_0 =");
    expect(standing().every((text) => text.length <= 4_096)).toBe(true);
    for (const { args } of posted("sendMessage")) expect(JSON.stringify(args["entities"] ?? [])).not.toContain("null");
  });

  test("what is too long for a rich message comes as several, in order and whole", async () => {
    say("demo flood 70000 the end");
    await box.told(ann, "the end");
    await box.quiet();
    const parts = standing();
    expect(parts.length).toBeGreaterThan(2);
    const lines = parts
      .join("\n")
      .split("\n")
      .flatMap((line) => /^(\d+)/.exec(line)?.[1] ?? [])
      .map(Number);
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, at) => at));
    expect(parts.every((text) => text.length <= 32_768)).toBe(true);
  });

  test("a picture that the agent writes is sent as a photo, and its data is no text", async () => {
    const data = Buffer.from(png(3, 2)).toString("base64");
    say(`![a dot](data:image/png;base64,${data})`);
    const photo = await box.until(() => box.said(ann).find(({ attached }) => attached === "photo"));
    expect(photo.isDraft).toBe(false);
    await box.quiet();
    expect(posted("sendPhoto").flatMap(({ files }) => files)).toMatchObject([
      { name: "a dot.png", size: png(3, 2).length },
    ]);
    expect(JSON.stringify(box.telegram.taken(ann))).not.toContain(data.slice(0, 40));
  });

  test("a file that the agent makes comes as a document with its caption", async () => {
    say("hello");
    await box.told(ann, "You said: hello");
    await box.letta.obey();
    say(`CALL:send_file ${JSON.stringify({ name: "../plan.csv", content: "a,b", caption: "The **plan**" })}`);
    const sent = await box.until(() => box.said(ann).find(({ attached }) => attached === "document"));
    expect(sent.text).toBe("The plan");
    await box.told(ann, "plan.csv is on its way");
    expect(posted("sendDocument").flatMap(({ files }) => files)).toMatchObject([{ name: "plan.csv", size: 3 }]);
  });

  test("pictures that an answer names are not fetched", async () => {
    say("![a cat](https://cats.example/cat.png) and <img src='https://cats.example/dog.png'>");
    await box.told(ann, "a cat");
    await box.quiet();
    expect(box.telegram.fetched()).toEqual([]);
  });
});

describe("what goes wrong", () => {
  test("a chat that has to wait keeps nobody else waiting, and loses nothing", async () => {
    box.telegram.fault({ kind: "limit", seconds: 3_600, scope: "chat", chat: ann });
    say("one", ann);
    await box.until(() => (box.telegram.log().some(({ status }) => status === 429) ? true : undefined));
    say("two", bob);
    await box.told(bob, "You said: two");
    expect(standing()).toEqual([]);
    expect(box.telegram.log().filter(({ early }) => early)).toEqual([]);
    box.telegram.noFaults();
    await box.restart({ now: () => Date.now() + 3_600_000 });
    await box.told(ann, "You said: one");
    expect(box.telegram.copies()).toEqual([]);
  });

  test("a bot that has to wait waits everywhere, and then says all of it once", async () => {
    box.telegram.fault({ kind: "limit", seconds: 1, scope: "bot" });
    say("one", ann);
    say("two", bob);
    await Promise.all([box.told(ann, "You said: one"), box.told(bob, "You said: two")]);
    await box.quiet();
    expect([standing(ann).length, standing(bob).length]).toEqual([1, 1]);
  });

  test("an answer that was taken and never confirmed comes at most once more, and is called ambiguous", async () => {
    box.telegram.fault({ kind: "lost", method: "sendRichMessage" });
    say("hello");
    await box.until(() => box.rows("SELECT 1 FROM outbox WHERE finished_at IS NOT NULL")[0]);
    await box.quiet();
    expect(box.telegram.copies().map(({ times }) => times)).toEqual([2]);
    expect(box.rows("SELECT state, ambiguous FROM outbox")).toEqual([{ state: "sent", ambiguous: 1 }]);
  });

  test("a network that swallows everything for a while does not swallow the one copy, too", async () => {
    for (const method of ["sendRichMessage", "getMe"]) box.telegram.fault({ kind: "cut", method, times: "always" });
    say("hello");
    const asked = () => box.telegram.log().filter(({ method }) => method === "getMe").length;
    await box.until(() => box.rows("SELECT 1 FROM outbox WHERE ambiguous")[0]);
    const before = asked();
    await box.until(() => (asked() >= before + 2 ? true : undefined));
    box.telegram.noFaults();
    await box.told(ann, "You said: hello");
    await box.quiet();
    expect(standing()).toHaveLength(1);
    expect(box.telegram.copies()).toEqual([]);
    expect(box.rows("SELECT state, ambiguous FROM outbox")).toEqual([{ state: "sent", ambiguous: 1 }]);
  });

  test("of an answer that takes several messages only the one that was never confirmed comes once more", async () => {
    box.telegram.fault({ kind: "no_rich", times: "always" });
    box.telegram.fault({ kind: "lost", method: "sendMessage", skip: 1 });
    say("demo flood 9000 the end");
    await box.told(ann, "the end");
    await box.quiet();
    expect(box.telegram.copies().map(({ times }) => times)).toEqual([2]);
    expect(standing()).toHaveLength(4);
    expect(box.rows("SELECT state, ambiguous FROM outbox")).toEqual([{ state: "sent", ambiguous: 1 }]);
  });

  test("an answer that is lost twice is not said a third time", async () => {
    box.telegram.fault({ kind: "lost", method: "sendRichMessage", times: 2 });
    say("hello");
    await box.until(() => box.rows("SELECT 1 FROM outbox WHERE finished_at IS NOT NULL")[0]);
    expect(box.telegram.copies().map(({ times }) => times)).toEqual([2]);
    expect(outbox()).toEqual(["ambiguous"]);
  });

  test("an answer that never left is sent once", async () => {
    box.telegram.fault({ kind: "broken", method: "sendRichMessage", times: 2 });
    say("hello");
    await box.told(ann, "You said: hello");
    await box.quiet();
    expect(box.telegram.copies()).toEqual([]);
    expect(outbox()).toEqual(["sent"]);
  });

  test.each(["blocked", "deactivated"] as const)("somebody who is gone (%s) is not tried for ever", async (how) => {
    say("demo slow 40 anybody?");
    await box.heard("anybody?");
    if (how === "blocked") box.telegram.block(ann);
    else box.telegram.deactivate(ann);
    say("hello", bob);
    await box.told(bob, "You said: hello");
    await box.quiet();
    expect(standing()).toEqual([]);
    expect(outbox()).toContain("dead");
    if (how === "deactivated") return;
    box.telegram.unblock(ann);
    say("back again");
    await box.told(ann, "You said: back again");
  });
});
