/** `chat` and `conversation`: where a message goes, and who may send it there. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { type Letta, startLetta } from "../../support/letta.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let letta: Letta;
let box: TestApp;
let ada: MadeToken;
let eve: MadeToken;

beforeAll(async () => {
  letta = startLetta();
  await letta.addAgent("Second");
  box = await startApp({ env: { LETTA_BASE_URL: letta.url } });
  ada = await makeToken(box, "ada");
  eve = await makeToken(box, "eve");
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
});

const operator = (): MadeToken => ({ id: 0, token: box.token });

type Body = Readonly<Record<string, unknown>>;

const say = (who: MadeToken, body: Body): Promise<Response> => box.chat({ message: "hello", ...body }, bearer(who));

/** The conversation that the message went to. */
const place = async (who: MadeToken, body: Body = {}): Promise<string> => {
  const answer = (await (await say(who, body)).json()) as { turnId: string };
  const turn = (await (await box.call(`/api/v1/turns/${answer.turnId}`)).json()) as { conversationId: string };
  return turn.conversationId;
};

test("a token without a chat has a conversation of its own, and keeps it", async () => {
  const adas = await place(ada);
  expect(adas).toStartWith("conv-");
  expect(await place(ada)).toBe(adas);
  expect(await place(eve)).not.toBe(adas);
});

test("each chat has a conversation of its own; the same name under another token is another chat", async () => {
  const notes = await place(ada, { chat: "notes" });
  expect(await place(ada, { chat: "notes" })).toBe(notes);
  const others = await Promise.all([place(ada, { chat: "work" }), place(ada), place(eve, { chat: "notes" })]);
  expect(others).not.toContain(notes);
  expect(new Set(others).size).toBe(3);
});

test("the operator speaks in the agent's own conversation, unless a chat is named", async () => {
  expect(await place(operator())).toBe("default");
  expect(await place(operator(), { chat: "notes" })).toStartWith("conv-");
});

test("each agent has its own conversation with a chat", async () => {
  const first = await place(ada, { chat: "two agents" });
  const second = await place(ada, { chat: "two agents", agent: "Second" });
  expect(second).not.toBe(first);
  expect(await place(ada, { chat: "two agents" })).toBe(first);
});

test("a conversation that the token's chats made may be named from any chat, and brings its agent along", async () => {
  const made = await place(ada, { chat: "made here", agent: "Second" });
  expect(await place(ada, { conversation: made })).toBe(made);
  expect(await place(ada, { conversation: made, chat: "elsewhere" })).toBe(made);
  expect(await (await say(ada, { conversation: made })).json()).toMatchObject({ agentName: "Second" });
  // Naming it once binds nothing.
  expect(await place(ada, { chat: "elsewhere" })).not.toBe(made);
});

test("another token's conversation is answered like one that does not exist", async () => {
  const adas = await place(ada);
  const posts = (await letta.posts()).length;
  const absent = "conv-00000000-0000-4000-8000-000000000000";
  const foreign = await say(eve, { conversation: adas });
  const missing = await say(eve, { conversation: absent });
  expect([foreign.status, missing.status]).toEqual([404, 404]);
  expect((await foreign.text()).replace(adas, absent)).toBe(await missing.text());
  expect(await letta.posts()).toHaveLength(posts);
});

test("the agent's own conversation is the operator's", async () => {
  expect((await say(ada, { conversation: "default" })).status).toBe(404);
  expect(await place(operator(), { conversation: "default", chat: "notes" })).toBe("default");
});

test("the operator may name any conversation; one that does not exist fails in words", async () => {
  const adas = await place(ada);
  expect(await place(operator(), { conversation: adas })).toBe(adas);
  const missing = await say(operator(), { conversation: "conv-00000000-0000-4000-8000-000000000000" });
  expect(missing.status).toBe(500);
  expect(await missing.json()).toMatchObject({
    success: false,
    code: "letta_conversation_missing",
    error: "The conversation does not exist on the Letta server (any more).",
  });
});

test("a conversation does not belong to the other agent", async () => {
  const first = await place(ada, { chat: "of the first" });
  expect((await say(ada, { conversation: first, agent: "Second" })).status).toBe(404);
  expect((await say(operator(), { conversation: first, agent: "Second" })).status).toBe(404);
});

test("what is no conversation's name is answered like one that does not exist, and reaches nobody", async () => {
  const posts = (await letta.posts()).length;
  for (const conversation of ["conv-1", "../agents", "agent-1", "default/../x", "conv-".padEnd(128, "0")]) {
    for (const who of [ada, operator()]) {
      const response = await say(who, { conversation });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: `Conversation not found: ${conversation}` });
    }
  }
  expect(await letta.posts()).toHaveLength(posts);
});

test("chats of one token do not wait for each other, and one chat keeps its order", async () => {
  const queued = await box.call("/api/v1/chat/async", {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(ada) },
    body: JSON.stringify({ chat: "slow", message: "demo slow 10000" }),
  });
  const { turnId } = (await queued.json()) as { turnId: string };
  let isAnswered = false;
  const next = say(ada, { chat: "slow" }).then((response) => {
    isAnswered = true;
    return response.status;
  });
  expect((await say(ada, { chat: "quick" })).status).toBe(200);
  await until(async () => {
    const { turns } = (await (await box.call("/api/v1/turns")).json()) as { turns: readonly { state: string }[] };
    return turns.some(({ state }) => state === "queued") ? true : undefined;
  });
  // The slow one does not end by itself.
  expect(isAnswered).toBe(false);
  expect((await box.call(`/api/v1/turns/${turnId}/cancel`, { method: "POST" })).status).toBe(200);
  expect(await next).toBe(200);
  const ended = await box.call(`/api/v1/turns/${turnId}`);
  expect(await ended.json()).toMatchObject({ state: "cancelled" });
});

test("names that no chat can have are refused", async () => {
  for (const field of ["chat", "conversation", "agent"]) {
    for (const value of [7, {}, [], " ", "a\nb", "a\0b", "\ud800", "x".repeat(256)]) {
      const response = await say(ada, { [field]: value });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ success: false, field });
    }
  }
});
