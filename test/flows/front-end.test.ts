/** A person in a chat front end that speaks the OpenAI API: writes on, asks again, goes back, and comes back after a restart. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { startApp, tempDir, type TestApp } from "../support/app.ts";
import { earlierIn, type FrontEnd, type Heard, heardBy, openFrontEnd, sdkOn } from "../support/front-end.ts";
import { type Letta, startLetta } from "../support/letta.ts";

let letta: Letta;
let box: TestApp;
const dataDir = tempDir();
const start = () => startApp({ dataDir, env: { LETTA_BASE_URL: letta.url } });

beforeAll(async () => {
  letta = startLetta();
  box = await start();
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let chats = 0;
/** A new chat in Open WebUI. */
const newChat = (): FrontEnd => {
  chats += 1;
  return openFrontEnd(sdkOn(box), { headers: { "X-OpenWebUI-Chat-Id": `chat-${chats}` } });
};

/** What the agent was told since. */
const heardSince = async (before: number): Promise<readonly Heard[]> => (await heardBy(letta)).slice(before);
const count = async (): Promise<number> => (await letta.posts()).length;

test("who writes on has only the new words told, in the same conversation", async () => {
  const before = await count();
  const page = newChat();
  expect(await page.say("my name is Ada")).toContain("Nice to meet you, Ada");
  expect(await page.say("what is my name?")).toContain("Ada");
  const [first, second, ...more] = await heardSince(before);
  expect(more).toEqual([]);
  expect([first?.words, second?.words]).toEqual(["my name is Ada", "what is my name?"]);
  expect(second?.conversation).toBe(first?.conversation ?? "");
  expect(first?.conversation).toStartWith("conv-");
  expect(second && earlierIn(second)).toEqual([]);
});

test("who asks for another answer has the words said again, marked, in the same conversation", async () => {
  const before = await count();
  const page = newChat();
  await page.say("hello");
  await page.say("tell me a joke");
  expect(await page.regenerate()).toContain("tell me a joke");
  const [, second, third, ...more] = await heardSince(before);
  expect(more).toEqual([]);
  expect(third).toMatchObject({ words: "tell me a joke", conversation: second?.conversation });
  expect([second, third].map((one) => one?.envelope.includes(" again="))).toEqual([false, true]);
  // The page goes on behind the answer that it shows now.
  await page.say("thank you");
  const last = (await heardSince(before)).at(-1);
  expect(last).toMatchObject({ words: "thank you", conversation: second?.conversation });
  expect(last && earlierIn(last)).toEqual([]);
});

test("who goes back and writes something else is answered in a conversation of its own, which knows the page", async () => {
  const before = await count();
  const page = newChat();
  const answer = await page.say("I live in Rome");
  await page.say("I like tea");
  await page.edit(2, "I like coffee");
  const [first, , third] = await heardSince(before);
  expect(third?.words).toBe("I like coffee");
  expect(third?.conversation).not.toBe(first?.conversation ?? "");
  expect(third?.conversation).toStartWith("conv-");
  expect(third && earlierIn(third)).toEqual(["user: I live in Rome", `assistant: ${answer}`]);
  await page.say("and milk");
  const last = (await heardSince(before)).at(-1);
  expect(last).toMatchObject({ words: "and milk", conversation: third?.conversation });
  expect(last && earlierIn(last)).toEqual([]);
});

test("who goes back to the first message begins anew, with nothing told of what was there", async () => {
  const before = await count();
  const page = newChat();
  await page.say("first try");
  await page.edit(0, "second try");
  const [first, second] = await heardSince(before);
  expect(second?.words).toBe("second try");
  expect(second?.conversation).not.toBe(first?.conversation ?? "");
  expect(second && earlierIn(second)).toEqual([]);
});

test("who turns the page back to the branch before goes on in its conversation", async () => {
  const before = await count();
  const page = newChat();
  await page.say("one");
  await page.say("two");
  const old = [...page.messages];
  await page.edit(2, "another two");
  page.messages.splice(0, page.messages.length, ...old);
  await page.say("three");
  const [first, , branch, last] = await heardSince(before);
  expect(last).toMatchObject({ words: "three", conversation: first?.conversation });
  expect(branch?.conversation).not.toBe(first?.conversation ?? "");
  expect(last && earlierIn(last)).toEqual([]);
});

test("who asks for another answer to an earlier message gets it in a conversation of its own", async () => {
  const before = await count();
  const page = newChat();
  const answer = await page.say("one");
  await page.say("two");
  await page.say("three");
  page.messages.length = 4;
  await page.regenerate();
  const [first, , , last] = await heardSince(before);
  expect(last?.words).toBe("two");
  expect(last?.conversation).not.toBe(first?.conversation ?? "");
  expect(last && earlierIn(last)).toEqual(["user: one", `assistant: ${answer}`]);
  expect(last?.envelope).not.toContain(" again=");
});

test("a restart changes nothing of it", async () => {
  const before = await count();
  const page = newChat();
  await page.say("before the restart");
  await page.say("still before");
  await box.stop();
  box = await start();
  const again = openFrontEnd(sdkOn(box), { headers: { "X-OpenWebUI-Chat-Id": `chat-${chats}` } }, page.messages);
  await again.say("after it");
  await again.regenerate();
  await again.edit(2, "on another path");
  const [first, , third, fourth, fifth] = await heardSince(before);
  expect(third).toMatchObject({ words: "after it", conversation: first?.conversation });
  expect(third && earlierIn(third)).toEqual([]);
  expect(fourth).toMatchObject({ words: "after it", conversation: first?.conversation });
  expect(fourth?.envelope).toContain(" again=");
  expect(fifth?.conversation).not.toBe(first?.conversation ?? "");
  expect(fifth && earlierIn(fifth)).toHaveLength(2);
});

test("words that never reached the agent are told with the next ones", async () => {
  const before = await count();
  const page = newChat();
  await page.say("hello");
  await expect(page.say("demo fail please")).rejects.toThrow("provider");
  page.messages.push({ role: "assistant", content: "" });
  await page.say("never mind");
  const last = (await heardSince(before)).at(-1);
  expect(last?.words).toBe("never mind");
  expect(last && earlierIn(last)).toEqual(["user: demo fail please"]);
});

test("what another model answered in between is told", async () => {
  const before = await count();
  const page = newChat();
  await page.say("hello");
  page.messages.push({ role: "user", content: "what is 2+2?" }, { role: "assistant", content: "4, says another." });
  await page.say("is that right?");
  const [first, last] = await heardSince(before);
  expect(last).toMatchObject({ words: "is that right?", conversation: first?.conversation });
  expect(last && earlierIn(last)).toEqual(["user: what is 2+2?", "assistant: 4, says another."]);
});

test("a chat that began elsewhere is told, once", async () => {
  const before = await count();
  const page = newChat();
  page.messages.push({ role: "user", content: "I am Bob <b>" }, { role: "assistant", content: "Hi, Bob & co." });
  await page.say("who am I?");
  await page.say("sure?");
  const [first, second] = await heardSince(before);
  expect(first && earlierIn(first)).toEqual(["user: I am Bob &lt;b&gt;", "assistant: Hi, Bob &amp; co."]);
  expect(second && earlierIn(second)).toEqual([]);
  expect(second?.conversation).toBe(first?.conversation ?? "");
});

test("a front end that forgets the beginning, trims answers or decorates messages goes on where it was", async () => {
  const before = await count();
  const page = newChat();
  for (const text of ["one", "two", "three"]) await page.say(text);
  page.messages.splice(0, 4);
  await page.say("four");
  page.messages.splice(0, 2);
  page.messages.push({ role: "user", content: "### Task:\nRespond to the user query using this context.\nfive" });
  const decorated = page.messages.pop();
  await page.say(String(decorated?.content));
  page.messages[page.messages.length - 2] = { role: "user", content: "five" };
  await page.say("six");
  const heard = await heardSince(before);
  expect(new Set(heard.map(({ conversation }) => conversation)).size).toBe(1);
  expect(heard.flatMap(earlierIn)).toEqual([]);
  expect(heard.map(({ words }) => words.split("\n").at(-1))).toEqual(["one", "two", "three", "four", "five", "six"]);
});

/** The answer to a question of the front end itself, asked in the way of Open WebUI. */
const askForItself = async (task: string): Promise<unknown> => {
  const history = "### Chat History:\n<chat_history>\nUSER: how do bees dance?\n</chat_history>";
  const answer = await sdkOn(box).chat.completions.create(
    { model: "Demo", messages: [{ role: "user", content: `### Task:\n${task}\n${history}` }] },
    { headers: { "X-OpenWebUI-Chat-Id": `chat-${chats}` } },
  );
  return JSON.parse(answer.choices[0]?.message.content ?? "");
};

test("titles, tags and questions of the front end leave no trace", async () => {
  const before = await count();
  const page = newChat();
  await page.say("how do bees dance?");
  const title = "Generate a concise, 3-5 word title with an emoji summarizing the chat history.";
  expect(await askForItself(title)).toEqual({ title: "how do bees dance" });
  const tags = "Generate 1-3 broad tags categorizing the main themes of the chat history, along with 1-3 more.";
  expect(await askForItself(tags)).toEqual({ tags: ["General"] });
  await page.say("and ants?");
  expect((await heardSince(before)).map(({ words }) => words)).toEqual(["how do bees dance?", "and ants?"]);
});
