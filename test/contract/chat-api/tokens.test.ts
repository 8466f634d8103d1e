/** What a token may: its scopes, its agents, its time. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { type Letta, startLetta } from "../../support/letta.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let letta: Letta;
let box: TestApp;
let now = Date.now();

beforeAll(async () => {
  letta = startLetta();
  await letta.addAgent("Second");
  await letta.addAgent("Third");
  box = await startApp({ env: { LETTA_BASE_URL: letta.url }, now: () => now });
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
});

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

const ask = async (token: Pick<MadeToken, "token">, method: string, path: string, body?: unknown): Promise<Answer> => {
  const response = await fetch(`${box.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...bearer(token) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
};

const say = (token: Pick<MadeToken, "token">, body: object): Promise<Answer> =>
  ask(token, "POST", "/api/v1/chat", { message: "hello", ...body });

const make = (body: object): Promise<Answer> => ask({ token: box.token }, "POST", "/api/v1/tokens", body);

const scopesOf = async (name: string, scope?: unknown) => (await make({ name, scope })).body["scopes"];

describe("scopes", () => {
  /** One route of each kind. */
  const routes = {
    chat: ["POST", "/api/v1/chat", { message: "hello" }],
    turns: ["GET", "/api/v1/turns"],
    chats: ["GET", "/api/v1/chats"],
    status: ["GET", "/api/v1/status"],
    conversations: ["GET", "/api/v1/conversations"],
    messages: ["GET", "/api/v1/messages/msg_0"],
    tokens: ["GET", "/api/v1/tokens"],
    letters: ["GET", "/api/v1/dead-letters"],
    binding: ["POST", "/api/v1/conversation", {}],
  } as const;
  const everything = Object.keys(routes);

  test.each([
    ["chat", ["chat", "turns"]],
    ["read", ["turns", "chats", "status", "conversations"]],
    ["send", ["messages"]],
    ["chat,read", ["chat", "turns", "chats", "status", "conversations"]],
    ["read send", ["turns", "chats", "status", "conversations", "messages"]],
    ["admin", everything],
  ])("%s opens %p and nothing else", async (scope, open) => {
    const token = await makeToken(box, `scope ${scope}`, { scope });
    for (const [name, [method, path, body]] of Object.entries(routes)) {
      const { status, body: answer } = await ask(token, method, path, body);
      if (open.includes(name)) expect([name, status]).not.toEqual([name, 403]);
      else expect([name, status, answer["code"]]).toEqual([name, 403, "forbidden"]);
    }
  });

  test("are said in words, in a list, or left out for chat", async () => {
    expect(await scopesOf("left out")).toEqual(["chat"]);
    expect(await scopesOf("a list", ["send", "read", "send"])).toEqual(["read", "send"]);
    expect(await scopesOf("words", "send, chat")).toEqual(["chat", "send"]);
    for (const scope of ["", "root", "chat,root", [], ["chat", 7], 7, {}, null]) {
      const { status, body } = await make({ name: "wrong", scope });
      expect([scope, status, body["field"]]).toEqual([scope, 400, "scope"]);
    }
  });

  test("that are missing are named", async () => {
    const token = await makeToken(box, "only sends", { scope: "send" });
    expect((await ask(token, "GET", "/api/v1/turns")).body["error"]).toBe(
      'This token lacks the scope "chat" or "read".',
    );
  });
});

describe("a token for some agents", () => {
  let one: MadeToken;
  let two: MadeToken;

  beforeAll(async () => {
    const ids = await letta.agents();
    const made = await Promise.all([
      make({ name: "one agent", agents: ["Second"] }),
      make({ name: "two agents", scope: "chat,read", agents: [ids[0], "Second", "Second"] }),
    ]);
    for (const { status } of made) expect(status).toBe(201);
    [one, two] = made.map(({ body }) => body as unknown as MadeToken) as [MadeToken, MadeToken];
  });

  test("talks to the first of them unless another is named", async () => {
    expect((await say(one, {})).body).toMatchObject({ agentName: "Second" });
    expect((await say(two, { agent: "Second" })).body).toMatchObject({ agentName: "Second" });
  });

  test("does not learn of others: they are answered like those that do not exist", async () => {
    const others = [await say(one, { agent: "Demo" }), await say(one, { agent: "Nobody" })];
    expect(others.map(({ status }) => status)).toEqual([404, 404]);
    expect(others.map(({ body }) => body["error"])).toEqual([
      "Agent not found: Demo. Available: Second",
      "Agent not found: Nobody. Available: Second",
    ]);
  });

  test("cannot name another agent's conversation", async () => {
    const chat = await makeToken(box, "all agents");
    const said = (await say(chat, { agent: "Third" })).body;
    const turn = (await ask(chat, "GET", `/api/v1/turns/${String(said["turnId"])}`)).body;
    const conversation = turn["conversationId"];
    expect((await say(chat, { conversation })).status).toBe(200);
    expect((await say(one, { conversation })).body["error"]).toBe(`Conversation not found: ${String(conversation)}`);
  });

  test("sees only them in the status and among conversations", async () => {
    const { agents } = (await ask(two, "GET", "/api/v1/status")).body as { agents: object };
    expect(Object.keys(agents)).toHaveLength(2);
    expect(agents).toHaveProperty("Second");
    expect((await ask(two, "GET", "/api/v1/conversations?agent=Nobody")).status).toBe(404);
  });

  test("keeps them by their ids, and is listed with them", async () => {
    const ids = await letta.agents();
    const { tokens } = (await ask({ token: box.token }, "GET", "/api/v1/tokens")).body as {
      tokens: readonly { name: string; agents: readonly string[] | null }[];
    };
    const agents = tokens.find(({ name }) => name === "two agents")?.agents ?? [];
    expect(agents).toHaveLength(2);
    expect(agents.filter((id) => !ids.includes(id))).toEqual([]);
    expect(tokens.find(({ name }) => name === "admin.token")?.agents).toBeNull();
  });

  test("needs agents that exist, at least one, and is no admin", async () => {
    expect(await make({ name: "wrong", agents: ["Second", "Nobody"] })).toMatchObject({
      status: 404,
      body: { code: "agent_unknown" },
    });
    for (const agents of [[], "Second", [7], [""], {}]) {
      expect(await make({ name: "wrong", agents })).toMatchObject({ status: 400, body: { field: "agents" } });
    }
    expect(await make({ name: "wrong", scope: "admin", agents: ["Second"] })).toMatchObject({ status: 400 });
  });
});

describe("the end of a token", () => {
  const unknown = { token: "lb_wrong" };

  test("comes at its time, to the millisecond, and is told like a token that never was", async () => {
    const expiresAt = new Date(now + 60_000).toISOString();
    const { body } = await make({ name: "for a minute", expiresAt });
    const token = body as unknown as MadeToken;
    expect(body["expiresAt"]).toBe(expiresAt);
    now += 59_999;
    expect((await ask(token, "GET", "/api/v1/turns")).status).toBe(200);
    now += 1;
    expect(await ask(token, "GET", "/api/v1/turns")).toEqual(await ask(unknown, "GET", "/api/v1/turns"));
  });

  test("can be said as a time from now", async () => {
    const { body } = await make({ name: "for an hour", expiresInMs: 3_600_000 });
    expect(body["expiresAt"]).toBe(new Date(now + 3_600_000).toISOString());
    for (const expiresInMs of [0, -1, 1.5, "1", 1e15]) {
      expect(await make({ name: "wrong", expiresInMs })).toMatchObject({ status: 400, body: { field: "expiresInMs" } });
    }
    const both = { name: "wrong", expiresInMs: 1, expiresAt: "2999-01-01T00:00:00Z" };
    expect((await make(both)).status).toBe(400);
  });

  test("comes at once when it is revoked; its name is free again, its turns are not the next one's", async () => {
    const first = await makeToken(box, "reused");
    const { turnId } = (await say(first, {})).body;
    await box.call(`/api/v1/tokens/${first.id}`, { method: "DELETE" });
    const second = await makeToken(box, "reused");
    expect((await ask(first, "GET", "/api/v1/turns")).status).toBe(401);
    expect((await ask(second, "GET", `/api/v1/turns/${String(turnId)}`)).status).toBe(404);
  });
});

test("of two that are made with one name at once, one is", async () => {
  const made = await Promise.all([make({ name: "twins" }), make({ name: "twins" })]);
  expect(made.map(({ status }) => status).toSorted()).toEqual([201, 409]);
});
