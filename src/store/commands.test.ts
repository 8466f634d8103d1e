import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandRequest, StoredCommand } from "./commands.ts";
import { commandQueue, openCommands } from "./commands.ts";
import type { Accepted, NewEvent } from "./inbox.ts";
import { openStore, type Store } from "./store.ts";
import { turnById } from "./turns.ts";

let dataDir: string;
let store: Store;
let account: number;
let serial = 0;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-commands-"));
  store = await openStore({ dataDir });
  account = (await store.write.ensureAccount({ owner: "house", server: "http://letta", at: 1 })).id;
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const addressee = (conversation: "shared" | "per-chat") => ({
  accountId: account,
  server: "http://letta",
  agentId: "agent-1",
  agentName: "one",
  conversation,
});

type Options = { readonly chat?: string; readonly from?: string; readonly conversation?: "shared" | "per-chat" };

const event = ({ chat = "ada", from = chat }: Options): Omit<NewEvent, "turn" | "command"> => {
  serial += 1;
  return {
    at: serial,
    botId: 1,
    keys: [`k${serial}`],
    chat: { key: `stub:${chat}`, kind: "direct" },
    sender: { handle: `stub::${from}` },
    kind: "message",
    sentAt: serial,
    payload: { text: "…", files: [] },
  };
};

type Queued = Extract<Accepted, { outcome: "queued" | "merged" }>;
type Commanded = Extract<Accepted, { outcome: "command" }>;

const say = async (options: Options = {}): Promise<Queued> => {
  const base = event(options);
  const turn = {
    ...addressee(options.conversation ?? "per-chat"),
    publicId: `turn_${serial}`,
    trigger: "message",
    merges: true,
    dueAt: serial,
  } as const;
  const accepted = await store.write.acceptEvent({ ...base, turn });
  if (accepted.outcome !== "queued" && accepted.outcome !== "merged") throw new Error(accepted.outcome);
  return accepted;
};

const command = async (request: Partial<CommandRequest> = {}, options: Options = {}): Promise<Commanded> => {
  const base = event(options);
  const accepted = await store.write.acceptEvent({
    ...base,
    command: { publicId: `turn_${serial}`, trigger: "command", name: "any", who: "anyone", inLane: false, ...request },
  });
  if (accepted.outcome !== "command") throw new Error(accepted.outcome);
  return accepted;
};

const renew = (options: Options = {}) =>
  command({ name: "new", change: { kind: "renew" }, about: addressee(options.conversation ?? "per-chat") }, options);

const storedOf = ({ turn }: Commanded) => JSON.parse(turnById(store.db, turn)?.command ?? "") as StoredCommand;

const claim = async (chat: number, trigger: "command" | "control" = "command") =>
  (await store.write.claimCommand({ chat, trigger, boot: store.boot, at: 1_000 }))?.id;

const claimTurn = async (lane: number, share = 4) =>
  (await store.write.claimTurn({ lane, boot: store.boot, at: 1_000, share })).turn?.id;

const settle = (turn: number) =>
  store.write.settleTurn({ turn, at: 1_000, state: "done", response: "", events: [], parts: [] });

test("a command waits for what came before it in its chat, and holds up what comes after it", async () => {
  const before = await say();
  const one = await command();
  const after = await say();
  expect(one.lane).toBeNull();
  expect(await claim(one.chat)).toBeUndefined();
  await claimTurn(before.lane);
  expect(await claim(one.chat)).toBeUndefined();
  await settle(before.turn);
  expect(await claimTurn(before.lane)).toBeUndefined();
  expect(await claim(one.chat)).toBe(one.turn);
  expect(await claim(one.chat)).toBeUndefined();
  expect(await claimTurn(after.lane)).toBeUndefined();
  await settle(one.turn);
  expect(await claimTurn(after.lane)).toBe(after.turn);
});

test("a command waits for nobody in other chats, and takes nothing of its sender's share", async () => {
  const other = await say({ chat: "bob" });
  await claimTurn(other.lane);
  const one = await command();
  expect(await claim(one.chat)).toBe(one.turn);
  const elsewhere = await say({ chat: "ada-elsewhere", from: "ada" });
  expect(await claimTurn(elsewhere.lane, 1)).toBe(elsewhere.turn);
});

test("a control command stands in no order: it is claimed beside what runs, and holds up nothing", async () => {
  const running = await say();
  await claimTurn(running.lane);
  const help = await command({ trigger: "control" });
  expect(await claim(help.chat, "control")).toBe(help.turn);
  await settle(running.turn);
  const next = await say();
  expect(await claimTurn(next.lane)).toBe(next.turn);
});

test("messages are merged across a control command, and not across another", async () => {
  const first = await say();
  await command({ trigger: "control" });
  expect((await say()).turn).toBe(first.turn);
  await command();
  expect((await say()).turn).not.toBe(first.turn);
});

test("a command about its conversation stands in its lane: it has it to itself, and its place is its own", async () => {
  const bob = await say({ chat: "bob", conversation: "shared" });
  await claimTurn(bob.lane);
  const compact = await command({ inLane: true, about: addressee("shared") });
  expect(compact.lane).toBe(bob.lane);
  expect(await claim(compact.chat)).toBeUndefined();
  expect(await claimTurn(bob.lane)).toBeUndefined();
  const more = await say({ chat: "bob", conversation: "shared" });
  await settle(bob.turn);
  expect(await claimTurn(bob.lane)).toBe(compact.turn);
  expect(await claimTurn(bob.lane)).toBeUndefined();
  await settle(compact.turn);
  expect(await claimTurn(bob.lane)).toBe(more.turn);
});

test("a command about its conversation does not wait for the account to be mended", async () => {
  await store.write.pauseAccount({ account, code: "letta_rejected", at: 1 });
  const compact = await command({ inLane: true, about: addressee("per-chat") });
  expect(await claimTurn(compact.lane ?? 0)).toBe(compact.turn);
});

test("the binding changes in the transaction that accepts the command; what was accepted before stays", async () => {
  const before = await say();
  const renewed = await renew();
  const after = await say();
  expect(after.lane).not.toBe(before.lane);
  expect(storedOf(renewed)).toEqual({
    name: "new",
    conversation: after.lane,
    changed: { kind: "renewed", left: "chat" },
  });
  expect(turnById(store.db, before.turn)?.conversationId).toBe(before.lane);
});

test("a conversation in which nothing was said is new already", async () => {
  const first = await renew();
  expect(storedOf(first).changed).toEqual({ kind: "renewed", left: "fresh" });
  const { lane } = await say();
  expect(lane).toBe(storedOf(first).conversation ?? 0);
  expect(storedOf(await renew()).changed).toEqual({ kind: "renewed", left: "chat" });
  expect(storedOf(await renew()).changed).toEqual({ kind: "renewed", left: "fresh" });
});

test("a chat that leaves a shared conversation gets one of its own, and the same event again changes nothing", async () => {
  const shared = await say({ conversation: "shared" });
  const base = { ...event({}), keys: ["again"] };
  const request: CommandRequest = {
    publicId: "turn_again",
    trigger: "command",
    name: "new",
    who: "anyone",
    inLane: false,
    change: { kind: "renew" },
    about: addressee("shared"),
  };
  const first = await store.write.acceptEvent({ ...base, command: request });
  expect(first.outcome === "command" && storedOf(first).changed).toEqual({ kind: "renewed", left: "shared" });
  const own = await say({ conversation: "shared" });
  expect(own.lane).not.toBe(shared.lane);
  const again = await store.write.acceptEvent({ ...base, command: { ...request, publicId: "turn_other" } });
  expect(again).toMatchObject({ outcome: "duplicate", turnId: "turn_again" });
  expect((await say({ conversation: "shared" })).lane).toBe(own.lane);
});

test("stop: what runs and what waits is told apart, commands that only answer are left to answer", async () => {
  const running = await say();
  await claimTurn(running.lane);
  await say();
  await say();
  await renew();
  await command({ inLane: true, about: addressee("per-chat") });
  await say({ chat: "bob" });
  const stop = await command({ trigger: "control", name: "stop", change: { kind: "stop" } });
  expect(storedOf(stop).changed).toEqual({ kind: "stopped", running: 1, messages: 2, commands: 1 });
  expect(stop.stopped.map(({ wasQueued }) => wasQueued)).toEqual([false, true, true]);
});

test("after a kill, what was being answered is claimed again, and what was interrupted too often is parked", async () => {
  const one = await command();
  const help = await command({ trigger: "control" });
  await claim(one.chat);
  await claim(help.chat, "control");
  for (let boot = store.boot + 1; boot < store.boot + 5; boot += 1) {
    expect(await store.write.reclaimTurns({ boot, at: 1 })).toEqual({ uncertain: [], waiting: [], parked: [] });
    expect((await store.write.claimCommand({ ...one, trigger: "command", boot, at: 1_000 }))?.id).toBe(one.turn);
  }
  const { parked } = await store.write.reclaimTurns({ boot: store.boot + 9, at: 1 });
  expect(parked.map(({ id }) => id)).toEqual([one.turn]);
});

test("a runner finds the chats that have commands, each kind for itself", async () => {
  await say({ chat: "nobody" });
  const one = await command({}, { chat: "one" });
  const two = await command({ trigger: "control" }, { chat: "two" });
  await command({ inLane: true, about: addressee("per-chat") }, { chat: "three" });
  expect(commandQueue(store.db, "command").waiting(0)).toEqual([one.chat]);
  expect(commandQueue(store.db, "control").waiting(0)).toEqual([two.chat]);
  expect(commandQueue(store.db, "command").dueBetween(0, 1_000_000, 0)).toEqual([one.chat]);
  expect(commandQueue(store.db, "control").nextDue(0)).toBe(turnById(store.db, two.turn)?.dueAt ?? 0);
  expect([one, two].map(({ chat }) => openCommands(store.db, chat))).toEqual([["command"], ["control"]]);
});

test("a failed command that is tried again is the same command", async () => {
  const one = await command();
  await store.write.settleTurn({
    turn: one.turn,
    at: 1,
    state: "failed",
    errorCode: "internal",
    response: "",
    events: [],
    parts: [],
  });
  const again = await store.write.retryDeadLetter({ id: 1, turnId: "turn_again", at: 2, deadlineAt: 3 });
  expect(again).toMatchObject({ outcome: "turn", lane: null, chat: one.chat });
  expect(await claim(one.chat)).toBe(again.outcome === "turn" ? again.turn : 0);
});
