/** What a program has said in a chat: on disk before it is answered, sent once, in order, and only where somebody wrote. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Box, startBox } from "../../support/box.ts";
import { readIndependently } from "../../support/independent-reader.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let box: Box;
let sender: MadeToken;
let other: MadeToken;
let updates = 0;

const write = async (chat: string, text: string): Promise<void> => {
  updates += 1;
  const { status } = await box.deliver({ id: `m${updates}`, chat, from: chat, text });
  expect(status).toBe(200);
};

beforeAll(async () => {
  box = await startBox({ limits: { messageChars: 1_000 } });
  sender = await makeToken(box.app(), "alarms", { scope: "send,read" });
  other = await makeToken(box.app(), "others", { scope: "send" });
  await write("ada", "hello");
  await box.until(() => (box.standing("ada").length > 0 ? true : undefined));
});

afterAll(() => box.stop());

beforeEach(() => box.platform.behave(() => "take"));

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  body: (await response.json()) as Answer["body"],
});

const post = async (body: unknown, headers: Readonly<Record<string, string>> = {}, token = sender): Promise<Answer> =>
  answerOf(
    await fetch(`${box.app().url}/api/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(token), ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );

/** As LettaBot's command line does it. */
const postForm = async (fields: Readonly<Record<string, string | Blob>>): Promise<Answer> => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return answerOf(
    await fetch(`${box.app().url}/api/v1/messages`, { method: "POST", headers: { "x-api-key": sender.token }, body }),
  );
};

const look = async (id: unknown, token = sender): Promise<Answer> =>
  answerOf(await fetch(`${box.app().url}/api/v1/messages/${String(id)}`, { headers: bearer(token) }));

/** The message, once it is in this state. */
const reached = (id: unknown, state: string): Promise<Answer["body"]> =>
  box.until(async () => {
    const { body } = await look(id);
    return body["state"] === state ? body : undefined;
  });

const textsIn = (chat: string): readonly string[] => box.standing(chat).map(({ text }) => text);

describe("a message", () => {
  test("reaches the chat, and says when it has", async () => {
    const { status, body } = await post({ chat: "stub:ada", text: "the oven is hot" });
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, messageId: expect.stringMatching(/^msg_[0-9a-f]{32}$/), state: "pending" });
    expect(await reached(body["messageId"], "sent")).toEqual({
      messageId: body["messageId"] as string,
      state: "sent",
      parts: [{ state: "sent", attempts: 1, platformId: expect.stringMatching(/^m\d+$/), errorCode: null }],
      createdAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(textsIn("ada")).toContain("the oven is hot");
  });

  test("in LettaBot's form is the same, with the bot's or the channel's name", async () => {
    const { status, body } = await postForm({ channel: "stub", chatId: "ada", text: "from a form" });
    expect([status, Object.keys(body)]).toEqual([200, ["success", "messageId", "state"]]);
    await reached(body["messageId"], "sent");
    expect(textsIn("ada")).toContain("from a form");
  });

  test("is cut to the platform's measure, its parts in order", async () => {
    const text = Array.from({ length: 60 }, (_, line) => `line ${line}`).join("\n");
    const { body } = await post({ chat: "stub:ada", text });
    const { parts } = (await reached(body["messageId"], "sent")) as { parts: readonly unknown[] };
    expect(parts.length).toBeGreaterThan(2);
    expect(textsIn("ada").slice(-parts.length).join("\n")).toBe(text);
  });

  test("is not the agent's business", async () => {
    const before = await box.heard();
    const { body } = await post({ chat: "stub:ada", text: "nothing for agents" });
    await reached(body["messageId"], "sent");
    expect(await box.heard()).toEqual(before);
  });

  test("with an idempotency key is said once, however often it is asked for", async () => {
    const body = { chat: "stub:ada", text: "only once", idempotencyKey: "alarm-1" };
    const answers = await Promise.all([post(body), post(body), post(body)]);
    const later = await post({ chat: "stub:ada", text: "only once" }, { "idempotency-key": "alarm-1" });
    const ids = new Set([...answers, later].map((answer) => answer.body["messageId"]));
    expect(ids.size).toBe(1);
    await reached([...ids][0], "sent");
    expect(textsIn("ada").filter((text) => text === "only once")).toHaveLength(1);
    expect(await post({ ...body, text: "another text" })).toMatchObject({ status: 409, body: { code: "conflict" } });
    // Keys belong to the token.
    const theirs = await post({ ...body, text: "their text" }, {}, other);
    expect(theirs.status).toBe(200);
    await box.until(() => (textsIn("ada").includes("their text") ? true : undefined));
  });

  test("has the same mark for its body as it had in older versions, so that keys outlive an upgrade", async () => {
    const { body } = await post({ chat: "stub:ada", text: "marked" });
    const rows = await readIndependently(
      box.dataDir,
      `SELECT body_hash AS hash FROM messages WHERE public_id = '${String(body["messageId"])}'`,
    );
    const said = JSON.stringify([{ chat: "stub:ada" }, "marked"]);
    expect(rows).toEqual([{ hash: new Bun.CryptoHasher("sha256").update(said).digest("hex") }]);
  });

  test("is tried again while the platform cannot take it, and does not overtake the one before it", async () => {
    let refusals = 2;
    box.platform.behave((part) => {
      if (part.text !== "first" || refusals === 0) return "take";
      refusals -= 1;
      return { limitMs: 50 };
    });
    const first = await post({ chat: "stub:ada", text: "first" });
    const second = await post({ chat: "stub:ada", text: "second" });
    await reached(second.body["messageId"], "sent");
    const { parts } = await reached(first.body["messageId"], "sent");
    expect(parts).toMatchObject([{ state: "sent", attempts: 3 }]);
    expect(textsIn("ada").slice(-2)).toEqual(["first", "second"]);
  });

  test("that the platform refuses for good is dead, with the reason, and a dead letter", async () => {
    box.platform.behave(() => "refuse");
    const { body } = await post({ chat: "stub:ada", text: "unwanted" });
    expect(await reached(body["messageId"], "dead")).toMatchObject({ parts: [{ errorCode: "send_refused" }] });
    const { deadLetters } = (await (await box.app().call("/api/v1/dead-letters")).json()) as { deadLetters: unknown[] };
    expect(deadLetters).toMatchObject([{ source: "outbox", code: "send_refused" }]);
  });

  test("is not lost when lettabox is stopped before the platform took it", async () => {
    box.platform.behave(() => ({ limitMs: 60_000 }));
    const { body } = await post({ chat: "stub:ada", text: "after the restart" });
    await box.until(async () => ((await look(body["messageId"])).body["state"] === "pending" ? true : undefined));
    await box.restart({ now: () => Date.now() + 120_000 });
    box.platform.behave(() => "take");
    await reached(body["messageId"], "sent");
    expect(textsIn("ada").filter((text) => text === "after the restart")).toHaveLength(1);
    await box.restart({ limits: { messageChars: 1_000 } });
  });

  test("is known to the token that sent it, and to the operator", async () => {
    const { body } = await post({ chat: "stub:ada", text: "mine" });
    const theirs = await look(body["messageId"], other);
    expect(theirs).toEqual(await look("msg_0", other));
    expect(theirs.status).toBe(404);
    expect((await box.app().call(`/api/v1/messages/${String(body["messageId"])}`)).status).toBe(200);
  });
});

describe("nothing is sent", () => {
  test("where nobody has written", async () => {
    for (const chat of ["stub:eve", "stub:", "stub", "telegraph:ada", "api:1", "ada"]) {
      expect(await post({ chat, text: "hello" })).toMatchObject({ status: 404, body: { error: "Chat not found" } });
    }
    expect(await post({ channel: "stub", chatId: "eve", text: "hello" })).toMatchObject({ status: 404 });
    expect(textsIn("eve")).toEqual([]);
  });

  test("where the agent is not one of the token's", async () => {
    const make = async (name: string, agents: readonly string[]): Promise<MadeToken> => {
      const body = JSON.stringify({ name, scope: "send", agents });
      return (await (await box.app().call("/api/v1/tokens", { method: "POST", body })).json()) as MadeToken;
    };
    const agentId = ((await (await fetch(`${box.letta}/v1/agents/`)).json()) as { id: string }[])[0]?.id ?? "";
    const addAgent = { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"Elsewhere"}' };
    await fetch(`${box.letta}/v1/agents/`, addAgent);
    const near = await make("near", [agentId]);
    const far = await make("far", ["Elsewhere"]);
    expect((await post({ chat: "stub:ada", text: "from near" }, {}, near)).status).toBe(200);
    expect(await post({ chat: "stub:ada", text: "from far" }, {}, far)).toEqual(
      await post({ chat: "stub:eve", text: "from far" }, {}, far),
    );
  });

  test("for what is wrong, in LettaBot's order and words", async () => {
    const missing = "Missing required fields: channel, chatId";
    const plain = { "content-type": "text/plain" };
    const refusals: readonly (readonly [unknown, Record<string, string>, string, string?])[] = [
      ["{", plain, "Content-Type must be multipart/form-data or application/json"],
      ["{", {}, "Invalid JSON body"],
      [{}, {}, missing],
      [null, {}, missing],
      [{ channel: "stub", text: "x" }, {}, missing],
      [{ chatId: "ada", text: "x" }, {}, missing],
      [{ channel: "telegraph", chatId: "ada" }, {}, "Invalid channel: telegraph", "channel"],
      [{ channel: "stub", chatId: "ada" }, {}, "Either text or file must be provided"],
      [{ chat: "stub:ada", text: "" }, {}, "Either text or file must be provided"],
      [{ chat: "stub:ada", text: " \n" }, {}, "text must be a text with something in it", "text"],
      [{ chat: "stub:ada", text: 7 }, {}, "text must be a text with something in it", "text"],
      [{ chat: "stub:ada", text: "a\0b" }, {}, "text must not contain NUL characters", "text"],
      [{ chat: "stub:ada", text: "x".repeat(1_001) }, {}, "Message too long (max 1000 chars)", "text"],
      [{ chat: 7, text: "x" }, {}, "chat must be a text of at most 512 characters", "chat"],
      [{ chat: "stub:a\u0000", text: "x" }, {}, "chat must be a text of at most 512 characters", "chat"],
    ];
    for (const [body, headers, error, field] of refusals) {
      const answer = await post(body, headers);
      expect(answer).toEqual({
        status: 400,
        body: { success: false, error, code: "bad_request", ...(field === undefined ? {} : { field }) },
      });
    }
    const broken = { "content-type": "multipart/form-data; boundary=x" };
    expect(await post("no form", broken)).toMatchObject({ status: 400, body: { error: "Invalid multipart body" } });
    expect((await post({ chat: "stub:ada", text: "x" }, { "x-api-key": "wrong" })).status).toBe(401);
    expect(textsIn("ada").filter((text) => /^x+$|^$/.test(text))).toEqual([]);
  });

  test("for a form that is too large, which is counted while it comes", async () => {
    const file = new Blob([new Uint8Array(2 * 1024 * 1024)]);
    expect(await postForm({ channel: "stub", chatId: "ada", file })).toMatchObject({ status: 413 });
  });
});
