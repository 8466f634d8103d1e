/** Which conversation a request belongs to: by header, by `user`, or by neither. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { earlierIn, type Heard, heardBy, openFrontEnd, sdkOn } from "../../support/front-end.ts";
import { type Letta, startLetta } from "../../support/letta.ts";
import { type MadeToken, makeToken } from "../../support/tokens.ts";

let letta: Letta;
let box: TestApp;
let byHistory: TestApp;
let ada: MadeToken;

beforeAll(async () => {
  letta = startLetta();
  await letta.addAgent("Second");
  const env = { LETTA_BASE_URL: letta.url };
  box = await startApp({ env });
  byHistory = await startApp({ env, completions: { unnamed: "history", instructions: "ignore" } });
  ada = await makeToken(box, "ada");
});

afterAll(async () => {
  await Promise.all([box.stop(), byHistory.stop()]);
  await letta.stop();
});

type Asking = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly token?: string;
  readonly model?: string;
  readonly system?: string;
  readonly at?: TestApp;
};

/** Says one thing, with nothing before it, and answers what the agent got. */
const say = async (content: string, { headers = {}, user, token, model = "Demo", system, at = box }: Asking = {}) => {
  const instructions = system === undefined ? [] : [{ role: "system", content: system } as const];
  await sdkOn({ url: at.url, token: token ?? at.token }).chat.completions.create(
    { model, messages: [...instructions, { role: "user", content }], ...(user === undefined ? {} : { user }) },
    { headers },
  );
  return (await heardBy(letta)).at(-1) as Heard;
};

describe("a chat that is named", () => {
  const ways: readonly (readonly [way: string, name: (name: string) => Asking])[] = [
    ["by user", (user) => ({ user })],
    ["by Open WebUI's header", (name) => ({ headers: { "X-OpenWebUI-Chat-Id": name } })],
    ["by LibreChat's header", (name) => ({ headers: { "X-Conversation-Id": name } })],
    ["by Letta Code's header", (name) => ({ headers: { "X-Letta-Chat-Key": name } })],
  ];
  for (const [way, name] of ways) {
    test(`${way} has a conversation of its own, and another one another`, async () => {
      const [one, other] = [name(`${way} 1`), name(`${way} 2`)];
      const first = await say("hello", one);
      const second = await say("and more", { ...one, headers: { ...one.headers, "X-Other": "x" } });
      expect((await say("hello", other)).conversation).not.toBe(first.conversation);
      expect(first.conversation).toStartWith("conv-");
      if (way !== "by Open WebUI's header") expect(second.conversation).toBe(first.conversation);
    });
  }

  test("is named by the header first, and by what a front end could not fill in not at all", async () => {
    const named = await say("hello", { user: "bob", headers: { "X-Conversation-Id": "c-1" } });
    expect((await say("more", { user: "bob" })).conversation).not.toBe(named.conversation);
    const blank = { "X-OpenWebUI-Chat-Id": "{{CHAT_ID}}", "X-Conversation-Id": "" };
    const byUser = await say("hello", { user: "carol" });
    expect((await say("more", { user: "carol", headers: { "X-Conversation-Id": "" } })).conversation).toBe(
      byUser.conversation,
    );
    expect((await say("hello", { user: "dave", headers: blank })).envelope).toContain("/dave");
  });

  test("is the chat of that name in the chat API", async () => {
    const here = await say("hello", { user: "both doors", token: ada.token });
    await box.chat({ message: "there", chat: "both doors" }, { authorization: `Bearer ${ada.token}` });
    expect((await heardBy(letta)).at(-1)?.conversation).toBe(here.conversation);
  });

  test("is another one for another token, and for another agent", async () => {
    const first = await say("hello", { user: "same" });
    expect((await say("hello", { user: "same", token: ada.token })).conversation).not.toBe(first.conversation);
    expect((await say("hello", { user: "same", model: "Second" })).conversation).not.toBe(first.conversation);
    expect((await say("more", { user: "same" })).conversation).toBe(first.conversation);
  });

  test("may say one thing at a time, the same one too, and goes on where it was", async () => {
    const heard: Heard[] = [];
    for (const words of ["yes", "yes", "no", "yes"]) heard.push(await say(words, { user: "terse" }));
    expect(new Set(heard.map(({ conversation }) => conversation)).size).toBe(1);
    expect(heard.map(({ words }) => words)).toEqual(["yes", "yes", "no", "yes"]);
    expect(heard.some(({ envelope }) => envelope.includes("again"))).toBe(false);
  });

  test("of a user who opens several pages has a conversation for each", async () => {
    const client = sdkOn(box);
    const first = openFrontEnd(client, { user: "pages" });
    await first.say("first page");
    await first.say("goes on");
    const second = openFrontEnd(client, { user: "pages" });
    await second.say("second page");
    await first.say("first again");
    await second.say("second again");
    const heard = (await heardBy(letta)).slice(-5);
    const [a, b, c, d, e] = heard.map(({ conversation }) => conversation);
    expect([b, d]).toEqual([a, a]);
    expect(e).toBe(c);
    expect(c).not.toBe(a ?? null);
    expect(heard.flatMap(earlierIn)).toEqual([]);
  });

  test("knows who speaks, where the front end says it", async () => {
    const headers = { "X-OpenWebUI-Chat-Id": "who", "X-OpenWebUI-User-Name": "Ada%20%3CLovelace%3E" };
    expect((await say("hello", { headers })).envelope).toContain(' from="Ada &lt;Lovelace&gt;"');
  });
});

describe("a chat that is not named", () => {
  test("is the token's own, and an admin's the agent's own conversation, as in the chat API", async () => {
    expect((await say("hello")).conversation).toBe("default");
    const first = await say("hello", { token: ada.token });
    expect(first.conversation).toStartWith("conv-");
    expect((await say("more", { token: ada.token })).conversation).toBe(first.conversation);
  });

  test("is told apart by its history where the configuration says so", async () => {
    const first = await say("hello", { at: byHistory });
    const second = await say("hello", { at: byHistory });
    expect(second.conversation).not.toBe(first.conversation);
    const [one, other] = [openFrontEnd(sdkOn(byHistory)), openFrontEnd(sdkOn(byHistory))];
    await one.say("demo slow 3 pages");
    await other.say("demo slow 4 pages");
    await one.say("one again");
    await other.say("other again");
    const [a, b, c, d] = (await heardBy(letta)).slice(-4).map(({ conversation }) => conversation);
    expect([c, d]).toEqual([a as string, b as string]);
    expect(a).not.toBe(b ?? null);
  });

  test("is never taken for another's that began with the same words and had another answer", async () => {
    const [one, other] = [openFrontEnd(sdkOn(byHistory)), openFrontEnd(sdkOn(byHistory))];
    await one.say("hello");
    await one.say("I am one");
    await other.say("hello");
    other.messages[1] = { role: "assistant", content: "Something else entirely was answered here." };
    await other.say("I am another");
    const [first, , , last] = (await heardBy(letta)).slice(-4);
    expect(last?.conversation).not.toBe(first?.conversation ?? null);
    expect(last && earlierIn(last)).toHaveLength(2);
  });
});

describe("instructions of the caller", () => {
  test("are told once, and again when they change", async () => {
    const heard: Heard[] = [];
    for (const system of ["be brief <", "be brief <", "be long", undefined, "be long"]) {
      heard.push(await say("hello", { user: "instructed", ...(system === undefined ? {} : { system }) }));
    }
    const told = heard.map(({ envelope }) => /<instructions[^>]*>\n(.*)\n<\/instructions>/.exec(envelope)?.[1] ?? null);
    expect(told).toEqual(["be brief &lt;", null, "be long", null, null]);
  });

  test("are ignored where the configuration says so", async () => {
    expect((await say("hello", { at: byHistory, system: "be brief" })).envelope).not.toContain("brief");
  });
});
