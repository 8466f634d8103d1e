/** What people send on Telegram, and what the agent gets of it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { png } from "../support/pictures.ts";
import { startTelegramBox, type TelegramBox, ways } from "../support/telegram-box.ts";

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
const answers = (chat = ann): readonly string[] => box.said(chat).map(({ text }) => text);
/** Waits for the answer to these words, and answers what the agent was told with them. */
const answered = async (words: string, chat = ann): Promise<string> => {
  await box.told(chat, `You said: ${words}`);
  return box.heard(words);
};

type Part = { readonly type: string; readonly source?: { readonly media_type: string; readonly data: string } };

const partsOf = (post: string): readonly Part[] =>
  (JSON.parse(post) as { readonly messages: readonly { readonly content: readonly Part[] }[] }).messages.flatMap(
    ({ content }) => content,
  );

test("a text is answered in reply, and the agent knows who wrote it, where and when", async () => {
  const { message_id } = say("hello");
  const post = await answered("hello");
  expect(post).toContain(`kind=\\"direct\\" from=\\"Ann\\" handle=\\"telegram::${ann}\\"`);
  expect(post).toContain(`id=\\"${message_id}\\"`);
  expect(box.said(ann)).toMatchObject([{ replyTo: message_id, isDraft: false }]);
});

test("a photo reaches the agent as it is, with its caption", async () => {
  const picture = png(40, 30);
  box.telegram.photo({ from: ann, caption: "what is this?", data: picture });
  const [part] = partsOf(await answered("what is this?")).filter(({ type }) => type === "image");
  expect(part?.source).toMatchObject({ media_type: "image/png", data: Buffer.from(picture).toString("base64") });
});

test.each(ways)("an album is one turn with all its photos, by %s", async (way) => {
  // While its pieces arrive, no time passes.
  let stoppedAt: number | undefined = Date.now();
  await box.restart({ way, now: () => stoppedAt ?? Date.now() });
  const pieces = box.telegram.album({ from: ann, caption: "our holiday", count: 3 });
  await box.until(() => (box.rows("SELECT 1 FROM events").length === pieces.length ? true : undefined));
  stoppedAt = undefined;
  await answered("our holiday");
  await box.quiet();
  expect(pieces).toHaveLength(3);
  expect(box.letta.posts()).toHaveLength(1);
  expect(box.telegram.log().filter(({ method }) => method === "download")).toHaveLength(3);
  expect(box.said(ann).filter(({ text }) => text.startsWith("You said"))).toHaveLength(1);
});

test("a document of text is read, and what is no text is told in words and not fetched", async () => {
  box.telegram.document({ from: ann, caption: "read this", name: "plan.csv", mime: "text/csv", data: "tea,1\nrum,2" });
  expect(await answered("read this")).toContain("tea,1\\nrum,2");
  const before = box.telegram.log().length;
  box.telegram.document({ from: ann, caption: "and this", name: "plan.pdf", mime: "application/pdf", data: "%PDF-1" });
  expect(await answered("and this")).toContain('name=\\"plan.pdf\\" type=\\"application/pdf\\"');
  const later = box.telegram.log().slice(before);
  expect(later.filter(({ method }) => method === "getFile")).toEqual([]);
});

test("voice, stickers, places and contacts come in words", async () => {
  const { telegram } = box;
  telegram.voice({ from: ann, duration: 7 });
  await box.heard('kind=\\"voice\\"');
  await box.quiet();
  telegram.sticker({ from: ann, caption: "🎉" });
  telegram.location({ from: ann, latitude: 48.1, longitude: 11.5 });
  telegram.contact({ from: ann, phone: "+4912345", name: "Cleo" });
  await box.quiet();
  const posts = box.letta.posts().join("");
  expect(posts).toContain('kind=\\"voice\\" bytes=\\"1\\" seconds=\\"7\\"');
  expect(posts).toContain('<attachment what=\\"sticker\\">🎉');
  expect(posts).toContain("latitude 48.1, longitude 11.5");
  expect(posts).toContain("Cleo\\n+4912345");
});

test("the agent knows what a message answers, which words of it are meant, and whose it was first", async () => {
  const first = say("tea or rum?");
  await answered("tea or rum?");
  const [own] = box.said(ann);
  box.telegram.say({ from: ann, text: "why?", replyTo: own?.id ?? 0 });
  expect(await answered("why?")).toContain('<answers id=\\"' + String(own?.id) + '\\" from=\\"you\\">You said: tea');
  box.telegram.say({ from: ann, text: "this one", replyTo: first.message_id, quote: "rum" });
  expect(await answered("this one")).toMatch(/<answers [^>]*from=\\"Ann\\"[^>]*>rum<\/answers>/);
  box.telegram.say({ from: ann, text: "look here", forwardedFrom: bob });
  expect(await answered("look here")).toContain('forwarded-from=\\"Bob\\"');
});

test("an edit of what still waits is what the agent hears; a later one is told as an edit", async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  box.letta.holdPosts(held);
  say("first");
  await box.heard("first");
  const waiting = say("helo");
  box.telegram.edit({ from: ann, id: waiting.message_id, text: "hello" });
  await box.until(() => box.rows("SELECT 1 FROM events WHERE kind = 'edit'")[0]);
  release();
  await answered("hello");
  expect(box.letta.posts().join()).not.toContain("helo");
  box.telegram.edit({ from: ann, id: waiting.message_id, text: "hello there" });
  expect(await answered("hello there")).toContain(`edits=\\"${waiting.message_id}\\"`);
});

test("a reaction is told with the next message, and makes no answer", async () => {
  say("hello");
  const [answer] = [await box.told(ann, "You said: hello")];
  box.telegram.react({ from: ann, id: answer.id, emoji: "👍" });
  await box.quiet();
  say("next");
  expect(await answered("next")).toContain(`<reaction from=\\"Ann\\" to=\\"${answer.id}\\" added=\\"👍\\"/>`);
  expect(answers()).toHaveLength(2);
});

test("what the platform invents tomorrow is kept, counted and left alone", async () => {
  box.telegram.unknown({ kind: "dream_told", payload: { from: { id: ann }, dream: "flying" } });
  await box.quiet();
  say("hello");
  await answered("hello");
  expect(box.rows("SELECT kind, ignored FROM events ORDER BY id LIMIT 1")).toEqual([
    { kind: "other", ignored: expect.stringContaining("dream") },
  ]);
});

test("each topic of a group is a chat of its own", async () => {
  const { telegram } = box;
  const forum = telegram.addGroup({ title: "Forum", people: [ann, bob], hasTopics: true });
  telegram.addBot({ chat: forum, by: ann });
  await box.told(forum, "Hello.");
  const [roses, rum] = [telegram.addTopic(forum, "Roses"), telegram.addTopic(forum, "Rum")];
  telegram.say({ from: ann, chat: forum, thread: roses, text: "red?", mention: true });
  telegram.say({ from: bob, chat: forum, thread: rum, text: "brown?", mention: true });
  const [red, brown] = [await box.told(forum, "red?"), await box.told(forum, "brown?")];
  expect([red.thread, brown.thread]).toEqual([roses, rum]);
  expect(red.text).not.toContain("brown");
  const chats = box.rows<{ key: string }>("SELECT key FROM chats ORDER BY key").map(({ key }) => key);
  expect(chats).toEqual(expect.arrayContaining([`telegram:${forum}/${roses}`, `telegram:${forum}/${rum}`]));
  expect(
    new Set(box.rows("SELECT conversation_id FROM turns WHERE trigger = 'message'").map((row) => JSON.stringify(row)))
      .size,
  ).toBe(2);
});

test("topics of a private chat are chats of their own, with drafts and answers in their places", async () => {
  await box.stop();
  box = await startTelegramBox({ telegram: { bot: { hasTopics: true } } });
  const { telegram } = box;
  ann = telegram.addPerson({ name: "Ann" });
  say("hello");
  await answered("hello");
  const roses = telegram.addTopic(ann, "Roses");
  telegram.say({ from: ann, thread: roses, text: "demo slow 40 red" });
  const [draft] = await box.until(() =>
    telegram.drafts(ann).some(({ thread }) => thread === roses)
      ? telegram.drafts(ann).filter(({ thread }) => thread === roses)
      : undefined,
  );
  expect(draft?.thread).toBe(roses);
  expect((await box.told(ann, "forty red")).thread).toBe(roses);
  expect(box.rows("SELECT key FROM chats")).toHaveLength(2);
});

test("a file that cannot be had keeps no message from the agent, and no address of it is told anywhere", async () => {
  box.telegram.fault({ kind: "absent", method: "download" });
  box.telegram.photo({ from: ann, caption: "look one", data: png(4, 4) });
  expect(await answered("look one")).toContain("could not be fetched");
  box.telegram.fault({ kind: "cut", method: "download" });
  box.telegram.photo({ from: ann, caption: "look two", data: png(5, 5) });
  expect(await answered("look two")).toContain('"type":"image"');
  box.telegram.document({ from: ann, caption: "too large", name: "a.txt", size: 21 * 1024 * 1024 });
  expect(await answered("too large")).toContain('name=\\"a.txt\\"');
});
