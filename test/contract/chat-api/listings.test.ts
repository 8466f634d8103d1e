/** Who sees which chats and conversations, what the status tells, and how a chat is bound to a conversation. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Box, startBox } from "../../support/box.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let box: Box;
let reader: MadeToken;
let website: MadeToken;

const get = async <T>(path: string, token: Pick<MadeToken, "token"> = reader): Promise<T> => {
  const response = await fetch(`${box.app().url}${path}`, { headers: bearer(token) });
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as T;
};

type Chat = {
  readonly id: number;
  readonly chat: string;
  readonly conversationId: string | null;
  readonly agentId: string | null;
};
type Chats = { readonly chats: readonly Chat[]; readonly next: number | null };

const say = (token: MadeToken, message: string, chat: string): Promise<Response> =>
  fetch(`${box.app().url}/api/v1/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(token) },
    body: JSON.stringify({ message, chat }),
  });

let written = 0;
/** Somebody writes in a chat and is answered. */
const write = async (chat: string, text: string): Promise<void> => {
  written += 1;
  const before = box.standing(chat).length;
  expect((await box.deliver({ id: `w${written}`, chat, from: chat, text })).status).toBe(200);
  await box.until(() => (box.standing(chat).length > before ? true : undefined));
};

beforeAll(async () => {
  box = await startBox();
  reader = await makeToken(box.app(), "monitor", { scope: "read" });
  website = await makeToken(box.app(), "website", { scope: "chat,read" });
  await write("ada", "hello");
  await write("bob", "hello");
  expect((await say(website, "hello", "visitor 1")).status).toBe(200);
  expect((await box.app().chat({ message: "hello", chat: "the operator's" })).status).toBe(200);
});

afterAll(() => box.stop());

const keys = ({ chats }: Chats): readonly string[] => chats.map(({ chat }) => chat);

describe("chats", () => {
  test("of platforms are seen by who may read; those of the API by the token that made them", async () => {
    const mine = `api:${website.id}/visitor 1`;
    expect(keys(await get<Chats>("/api/v1/chats"))).toEqual(["stub:bob", "stub:ada"]);
    expect(keys(await get<Chats>("/api/v1/chats", website))).toEqual([mine, "stub:bob", "stub:ada"]);
    const all = keys(await get<Chats>("/api/v1/chats", { token: box.app().token }));
    expect(all).toHaveLength(4);
    expect(all).toContain(mine);
  });

  test("tell what they are and whom they talk to, not what was said", async () => {
    const { chats } = await get<Chats>("/api/v1/chats");
    expect(chats[1]).toEqual({
      id: expect.any(Number) as number,
      chat: "stub:ada",
      bot: "stub",
      channel: "stub",
      kind: "direct",
      title: null,
      agentId: expect.stringMatching(/^agent-/) as string,
      conversationId: expect.stringMatching(/^conv-/) as string,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    } as Chat);
  });

  test("come in pages", async () => {
    const first = await get<Chats>("/api/v1/chats?limit=1");
    expect(keys(first)).toEqual(["stub:bob"]);
    const second = await get<Chats>(`/api/v1/chats?limit=1&before=${first.next}`);
    expect(keys(second)).toEqual(["stub:ada"]);
    expect(keys(await get<Chats>(`/api/v1/chats?before=${second.chats[0]?.id}`))).toEqual([]);
    for (const query of ["limit=0", "limit=201", "before=x", "before=0"]) {
      expect((await box.app().call(`/api/v1/chats?${query}`)).status).toBe(400);
    }
  });
});

test("conversations are those of the chats that one may see", async () => {
  type Conversations = { conversations: readonly { id: string; createdAt: string; chats: readonly string[] }[] };
  const seen = (await get<Conversations>("/api/v1/conversations")).conversations;
  expect(seen.map(({ chats }) => chats)).toEqual([["stub:bob"], ["stub:ada"]]);
  expect(seen.every(({ id }) => id.startsWith("conv-"))).toBe(true);
  const mine = (await get<Conversations>("/api/v1/conversations?agent=Demo", website)).conversations;
  expect(mine.map(({ chats }) => chats[0])).toEqual([`api:${website.id}/visitor 1`, "stub:bob", "stub:ada"]);
  expect((await box.app().call("/api/v1/conversations?agent=Nobody")).status).toBe(404);
});

test("the status has LettaBot's shape, and the version", async () => {
  const status = await get<{ agents: Record<string, { conversations: object }>; version: string }>("/api/v1/status");
  expect(Object.keys(status)).toEqual(["agents", "version", "upstream", "ready"]);
  expect(Object.keys(status.agents)).toEqual(["Demo"]);
  expect(status.agents["Demo"]).toEqual({
    agentId: expect.stringMatching(/^agent-/) as string,
    conversationId: "default",
    conversations: { "stub:bob": expect.stringMatching(/^conv-/), "stub:ada": expect.stringMatching(/^conv-/) },
    channels: ["stub"],
    baseUrl: box.letta,
  } as unknown as { conversations: object });
});

const bind = (body: object): Promise<Response> =>
  box.app().call("/api/v1/conversation", { method: "POST", body: JSON.stringify(body) });

const conversationOf = async (key: string): Promise<string | null | undefined> =>
  (await get<Chats>("/api/v1/chats")).chats.find(({ chat }) => chat === key)?.conversationId;

describe("a chat is bound to a conversation", () => {
  test("by the operator, and talks in it from then on", async () => {
    const conversationId = await conversationOf("stub:bob");
    const response = await bind({ conversationId, key: "stub:ada" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ success: true, agent: "Demo", key: "stub:ada", conversationId });
    expect(await conversationOf("stub:ada")).toBe(conversationId);
    await write("ada", "where am I?");
    const history = (await (await fetch(`${box.letta}/demo/history`)).json()) as {
      text: string;
      conversation_id: string;
    }[];
    const last = history.findLast(({ text }) => text.endsWith("where am I?"));
    expect(last?.conversation_id).toBe(conversationId ?? "");
  });

  test("or to the agent's own", async () => {
    expect((await bind({ conversationId: "default", key: "stub:bob", agent: "Demo" })).status).toBe(200);
    expect(await conversationOf("stub:bob")).toBe("default");
  });

  test("if both exist, and by nobody else", async () => {
    const id = `conv-${crypto.randomUUID()}`;
    const refusals: readonly (readonly [object, number, string])[] = [
      [{}, 400, "Missing required field: conversationId"],
      [{ conversationId: "" }, 400, "Missing required field: conversationId"],
      [
        { conversationId: id },
        400,
        'Agent "Demo" uses per-chat conversation mode — a key is required (e.g. "bot:123456")',
      ],
      [{ conversationId: id, key: "stub:eve" }, 404, "Chat not found: stub:eve"],
      [{ conversationId: id, key: "shared" }, 404, "Chat not found: shared"],
      [{ conversationId: "conv-1", key: "stub:ada" }, 404, "Conversation not found: conv-1"],
      [{ conversationId: id, key: "stub:ada", agent: "Nobody" }, 404, "Agent not found: Nobody. Available: Demo"],
    ];
    for (const [body, status, error] of refusals) {
      const response = await bind(body);
      expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ error })]);
    }
    const init = {
      method: "POST",
      headers: bearer(website),
      body: JSON.stringify({ conversationId: id, key: "stub:ada" }),
    };
    expect((await fetch(`${box.app().url}/api/v1/conversation`, init)).status).toBe(403);
  });
});
