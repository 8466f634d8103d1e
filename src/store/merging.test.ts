import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Accepted, eventsOfTurn, type NewEvent } from "./inbox.ts";
import { openStore, type Store } from "./store.ts";
import { turnById } from "./turns.ts";

let dataDir: string;
let store: Store;
let account: number;
let serial = 0;
let at = 0;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-merging-"));
  store = await openStore({ dataDir });
  account = (await store.write.ensureAccount({ owner: "house", server: "http://letta", at: 1 })).id;
  at = 1_000_000;
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

type More = {
  readonly from?: string;
  readonly kind?: NewEvent["kind"];
  readonly addressed?: false;
  readonly album?: string;
  readonly waitMs?: number;
  readonly muted?: boolean;
  readonly id?: string;
  readonly about?: string;
  readonly ignored?: string;
  readonly conversation?: string;
  readonly text?: string;
  readonly movedTo?: string;
  readonly files?: NewEvent["payload"]["files"];
};

/** Something happens in a chat at the time that `at` says; whose name begins with `club` is a group. */
const happen = (chat: string, more: More = {}): Promise<Accepted> => {
  serial += 1;
  const { from = "ada", kind = "message", id = `m${serial}`, ignored, movedTo, conversation } = more;
  const { addressed, album, about, text = "hi", waitMs, muted, files = [] } = more;
  return store.write.acceptEvent({
    at,
    botId: 1,
    keys: [`k${serial}`],
    chat: { key: `stub:${chat}`, kind: chat.startsWith("club") ? "group" : "direct" },
    sender: { handle: `stub::${from}` },
    kind,
    sentAt: at,
    ...(ignored === undefined ? {} : { ignored }),
    ...(movedTo === undefined ? {} : { movedTo }),
    payload: {
      text,
      files,
      reply: id,
      ...(addressed === undefined ? {} : { addressed }),
      ...(album === undefined ? {} : { album }),
      ...(about === undefined ? {} : { about }),
    },
    ...(ignored !== undefined || kind === "delete" || kind === "membership"
      ? {}
      : {
          turn: {
            publicId: `turn_${serial}`,
            trigger: "message",
            accountId: account,
            server: "http://letta",
            agentId: "agent-1",
            agentName: "one",
            conversation: conversation === undefined ? "per-chat" : { upstreamId: conversation },
            merges: true,
            ...(waitMs === undefined ? {} : { waitMs }),
            ...(muted === undefined ? {} : { muted }),
            dueAt: at,
          },
        }),
  });
};

const say = async (chat: string, more: More = {}) => {
  const accepted = await happen(chat, more);
  if (accepted.outcome !== "queued" && accepted.outcome !== "merged") throw new Error(accepted.outcome);
  return accepted;
};

const turnOf = ({ turn }: { readonly turn: number }) => {
  const row = turnById(store.db, turn);
  if (!row) throw new Error("no turn");
  return row;
};

const batch = async (chat: string, ms: number): Promise<void> => {
  const row = store.db.$client
    .query<{ id: number }, [string]>("SELECT id FROM chats WHERE key = ?")
    .get(`stub:${chat}`);
  const as = { as: "operator", configured: "mention-only", by: "person:1" } as const;
  await store.write.setChatSetting({ chat: row?.id ?? 0, changes: { debounceMs: ms }, ...as, at });
};

test("in a direct chat nothing waits, and what is added while a turn waits joins it", async () => {
  const first = await say("ada");
  expect(turnOf(first).dueAt).toBe(at);
  at += 10;
  expect(await say("ada")).toMatchObject({ outcome: "merged", turn: first.turn });
});

test("where a chat waits for more, each message pushes the turn, but not for ever", async () => {
  const first = await say("ada", { waitMs: 5_000 });
  expect(turnOf(first).dueAt).toBe(at + 5_000);
  at += 4_000;
  await say("ada", { waitMs: 5_000 });
  expect(turnOf(first).dueAt).toBe(at + 5_000);
  for (let step = 0; step < 20; step += 1) {
    at += 4_000;
    await say("ada", { waitMs: 5_000 });
  }
  expect(turnOf(first).dueAt).toBe(turnOf(first).createdAt + 50_000);
});

test("what was set for the chat counts before the configuration", async () => {
  await say("ada", { waitMs: 5_000 });
  await batch("ada", 700);
  await store.write.claimTurn({ lane: 1, boot: store.boot, at: at + 9_000, share: 4 });
  expect(turnOf(await say("ada", { waitMs: 5_000 })).dueAt).toBe(at + 700);
});

test("a turn takes no more than fifty messages; the next ones begin another", async () => {
  const first = await say("ada");
  for (let count = 1; count < 50; count += 1) expect((await say("ada")).turn).toBe(first.turn);
  const next = await say("ada");
  expect(next.outcome).toBe("queued");
  expect((await say("ada")).turn).toBe(next.turn);
});

test("nothing joins across a change of the conversation", async () => {
  await say("ada", { conversation: "conv-1" });
  expect((await say("ada", { conversation: "conv-2" })).outcome).toBe("queued");
});

test("a turn that was tried before is joined by nobody: its request is frozen", async () => {
  const { turn, lane } = await say("ada");
  await store.write.claimTurn({ lane, boot: store.boot, at, share: 4 });
  const said = { events: [], parts: [] };
  await store.write.retryTurn({ turn, dueAt: at, retryUntil: at + 9_000, said, told: false, at });
  expect((await say("ada")).outcome).toBe("queued");
});

test("in a group that does not batch, each message is a turn", async () => {
  await say("club");
  expect((await say("club", { from: "bob" })).outcome).toBe("queued");
});

test("a group that batches answers everybody together, and at once when somebody calls the agent", async () => {
  const wait = { addressed: false, waitMs: 5_000 } as const;
  const first = await say("club", wait);
  expect(turnOf(first).dueAt).toBe(at + 5_000);
  at += 1_000;
  expect((await say("club", { ...wait, from: "bob" })).turn).toBe(first.turn);
  expect(turnOf(first).dueAt).toBe(at + 5_000);
  at += 1_000;
  expect((await say("club", { from: "cleo", waitMs: 5_000 })).turn).toBe(first.turn);
  expect(turnOf(first).dueAt).toBe(at);
  const calledAt = at;
  at += 100;
  expect((await say("club", { ...wait, from: "dora" })).turn).toBe(first.turn);
  expect(turnOf(first).dueAt).toBe(calledAt);
});

test("a message that calls the agent waits for nobody", async () => {
  expect(turnOf(await say("club", { waitMs: 5_000 })).dueAt).toBe(at);
});

test("what was only heard waits for the first call, which is answered; the next one is another turn", async () => {
  const heard = { addressed: false, muted: true } as const;
  const first = await say("club", heard);
  expect(turnOf(first)).toMatchObject({ muted: true, dueAt: at });
  expect((await say("club", { ...heard, from: "bob" })).turn).toBe(first.turn);
  expect(turnOf(first).muted).toBe(true);
  expect((await say("club", { from: "cleo" })).turn).toBe(first.turn);
  expect(turnOf(first).muted).toBe(false);
  const next = await say("club", { from: "bob" });
  expect(next.outcome).toBe("queued");
});

test("pieces of an album are one turn, due a moment after the last; only one of them speaks to the bot", async () => {
  const first = await say("club", { album: "a1" });
  expect(turnOf(first).dueAt).toBe(at + 1_000);
  at += 600;
  const piece = await happen("club", { album: "a1", addressed: false, ignored: "not-addressed" });
  expect(piece).toMatchObject({ outcome: "merged", turn: first.turn });
  expect(turnOf(first)).toMatchObject({ dueAt: at + 1_000, muted: false });
  expect(await happen("club", { album: "a1", from: "bob", addressed: false, ignored: "not-addressed" })).toEqual({
    outcome: "ignored",
    why: "not-addressed",
  });
  expect((await say("club", { album: "a2" })).outcome).toBe("queued");
});

test("in a direct chat an album waits for its last piece as well, though nothing else does", async () => {
  const first = await say("ada", { album: "a1" });
  at += 900;
  await say("ada", { album: "a1" });
  expect(turnOf(first).dueAt).toBe(at + 1_000);
  for (let step = 0; step < 30; step += 1) {
    at += 900;
    await say("ada", { album: "a1" });
  }
  expect(turnOf(first).dueAt).toBe(turnOf(first).createdAt + 10_000);
});

const payloads = (turn: number): readonly string[] =>
  store.db.$client
    .query<{ text: string }, [number]>(
      "SELECT json_extract(payload, '$.text') AS text FROM events WHERE turn_id = ? ORDER BY id",
    )
    .all(turn)
    .map(({ text }) => text);

test("an edit of a message that waits changes it where it is", async () => {
  const { turn } = await say("ada", { id: "1", text: "helo" });
  await say("ada", { id: "2", text: "and more" });
  const edited = await happen("ada", { kind: "edit", about: "1", text: "hello", id: "1" });
  expect(edited).toMatchObject({ outcome: "merged", turn });
  expect(payloads(turn)).toEqual(["hello", "and more"]);
});

test("an edit whose text did not change is left alone", async () => {
  const { lane } = await say("ada", { id: "1", text: "hello" });
  await store.write.claimTurn({ lane, boot: store.boot, at, share: 4 });
  await happen("ada", { kind: "edit", about: "1", text: "hello", id: "1" });
  const row = store.db.$client.query("SELECT ignored, payload FROM events ORDER BY id DESC").get();
  expect(row).toEqual({ ignored: "edit-unchanged", payload: null });
});

const picture = (id: string, bytes: number) => ({ id, kind: "image", mime: "image/jpeg", bytes }) as const;

test("an edit that puts another picture in the place of one is heard", async () => {
  const { turn, lane } = await say("ada", { id: "1", text: "", files: [picture("a", 10)] });
  await happen("ada", { kind: "edit", about: "1", text: "", id: "1", files: [picture("b", 20)] });
  const [event] = eventsOfTurn(store.db, turn);
  expect(JSON.parse(event?.payload ?? "")).toMatchObject({ files: [picture("b", 20)] });
  await store.write.claimTurn({ lane, boot: store.boot, at, share: 4 });
  const again = await say("ada", { kind: "edit", about: "1", text: "", id: "1", files: [picture("c", 30)] });
  expect(again.outcome).toBe("queued");
});

test("an edit of what the agent has heard is a message of its own; so is that of somebody else's message", async () => {
  const { lane } = await say("ada", { id: "1", text: "helo" });
  await store.write.claimTurn({ lane, boot: store.boot, at, share: 4 });
  expect((await say("ada", { kind: "edit", about: "1", text: "hello", id: "1" })).outcome).toBe("queued");
  await say("club", { id: "7", text: "mine" });
  expect((await say("club", { kind: "edit", about: "7", text: "yours", from: "bob" })).outcome).toBe("queued");
});

test("an edit that calls the agent makes what it only heard due, and answered", async () => {
  const first = await say("club", { id: "1", text: "hm", addressed: false, muted: true, waitMs: 5_000 });
  at += 100;
  await happen("club", { kind: "edit", about: "1", text: "hm, bot?", id: "1" });
  expect(turnOf(first)).toMatchObject({ muted: false, dueAt: at });
});

test("a deletion takes a message that waits out, and ends a turn that has none left", async () => {
  const { turn } = await say("ada", { id: "1", text: "one" });
  await say("ada", { id: "2", text: "two" });
  expect(await happen("ada", { kind: "delete", about: "1" })).toEqual({ outcome: "ignored", why: "deleted" });
  expect(payloads(turn)).toEqual(["two"]);
  expect(await happen("ada", { kind: "delete", about: "2" })).toEqual({
    outcome: "stop",
    stopped: [{ turn, wasQueued: true }],
  });
  expect(turnOf({ turn }).cancelAt).toBe(at);
});

test("a chat that moves keeps its row, and what waits to be sent goes to the new address", async () => {
  const { turn } = await say("club", { id: "1" });
  const { chatId, owner } = turnOf({ turn });
  const part = {
    owner,
    botId: 1,
    chatId,
    turnId: turn,
    kind: "reply",
    address: JSON.stringify({ chat: "club", reply: "1" }),
    part: "{}",
    sendKey: "k",
    deadlineAt: at + 9_000,
    replaces: "m1",
  } as const;
  await store.write.addToOutbox({ parts: [part], at });
  await happen("club", { kind: "membership", movedTo: "clubhouse" });
  expect(store.db.$client.query("SELECT address, replaces FROM outbox").get()).toEqual({
    address: '{"chat":"clubhouse"}',
    replaces: null,
  });
  expect(turnOf(await say("clubhouse")).chatId).toBe(chatId);
});

const countSettings = (): unknown => store.db.$client.query("SELECT count(*) AS n FROM chat_settings").get();

test("if somebody has written at the new address already, that chat goes on with settings and conversation", async () => {
  const before = await say("club");
  await batch("club", 3_000);
  const there = await say("clubhouse", { from: "bob" });
  expect(countSettings()).toEqual({ n: 1 });
  await happen("club", { kind: "membership", movedTo: "clubhouse" });
  expect(countSettings()).toEqual({ n: 2 });
  const next = await say("clubhouse", { addressed: false });
  expect(turnOf(next)).toMatchObject({ chatId: turnOf(there).chatId, dueAt: at + 3_000 });
  expect(turnOf(next).chatId).not.toBe(turnOf(before).chatId);
});

test("a reaction is told with the next message, once", async () => {
  await say("ada", { id: "1" });
  for (const added of ["👍", "🎉"]) {
    serial += 1;
    await store.write.acceptEvent({
      at,
      botId: 1,
      keys: [`r${serial}`],
      chat: { key: "stub:ada", kind: "direct" },
      sender: { handle: "stub::ada" },
      kind: "reaction",
      sentAt: at,
      ignored: "noted",
      payload: { text: "", files: [], about: "1", sender: { id: "ada" }, reaction: { added: [added], removed: [] } },
    });
  }
  const tellings = async (): Promise<unknown> => {
    await say("ada");
    const row = store.db.$client.query<{ payload: string }, []>("SELECT payload FROM events ORDER BY id DESC").get();
    return (JSON.parse(row?.payload ?? "{}") as { noted?: unknown }).noted;
  };
  expect(await tellings()).toEqual([
    { by: "ada", about: "1", added: ["👍"], removed: [] },
    { by: "ada", about: "1", added: ["🎉"], removed: [] },
  ]);
  expect(await tellings()).toBeUndefined();
});
