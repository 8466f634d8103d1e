import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewEvent } from "./inbox.ts";
import { isOwnAgentName, ownAgentOf } from "./own-agents.ts";
import { openStore, type Store } from "./store.ts";
import { turnById } from "./turns.ts";

let dataDir: string;
let store: Store;
let account: number;
let serial = 0;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-own-agents-"));
  store = await openStore({ dataDir });
  account = (await store.write.ensureAccount({ owner: "house", server: "http://letta", at: 1 })).id;
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const say = async (chat: string, from: string, kind: "direct" | "group" = "direct") => {
  serial += 1;
  const event: NewEvent = {
    at: serial,
    botId: 1,
    keys: [`k${serial}`],
    chat: { key: `stub:${chat}`, kind },
    sender: { handle: `stub::${from}` },
    kind: "message",
    sentAt: serial,
    payload: { text: "…", files: [] },
    turn: {
      accountId: account,
      server: "http://letta",
      agentId: "agent-1",
      agentName: "one",
      conversation: "per-chat",
      own: true,
      publicId: `turn_${serial}`,
      trigger: "message",
      merges: false,
      dueAt: serial,
    },
  };
  const accepted = await store.write.acceptEvent(event);
  if (accepted.outcome !== "queued") throw new Error(accepted.outcome);
  return accepted;
};

const agentOf = (turn: number): string => turnById(store.db, turn)?.agentId ?? "";

test("everybody is given an agent of their own, the same in all their chats; a group has one", async () => {
  const [ada, adaElsewhere, bob] = [await say("a", "ada"), await say("a2", "ada"), await say("b", "bob")];
  const [club, clubAgain] = [await say("club", "ada", "group"), await say("club", "bob", "group")];
  const [first, second, third, fourth, fifth] = [ada, adaElsewhere, bob, club, clubAgain].map(({ turn }) =>
    agentOf(turn),
  );
  expect(second).toBe(first ?? "");
  expect(fifth).toBe(fourth ?? "");
  expect(new Set([first, third, fourth, "agent-1"]).size).toBe(4);
});

test("its name is known for one that nobody else may choose", async () => {
  const { turn } = await say("a", "ada");
  const own = ownAgentOf(store.db, agentOf(turn));
  expect(own).toMatchObject({ sourceAgentId: "agent-1", agentId: null });
  expect(isOwnAgentName(own?.name ?? "")).toBe(true);
  for (const name of ["one", "one (person:1)", "one (person:1, word)", ""]) expect(isOwnAgentName(name)).toBe(false);
});

test("once it is made, what waited for it and what comes later goes to it, in the same lane", async () => {
  const waiting = await say("a", "ada");
  const other = await say("b", "bob");
  const own = ownAgentOf(store.db, agentOf(waiting.turn));
  await store.write.adoptAgent({ own: own?.id ?? 0, agentId: "agent-7" });
  const later = await say("a", "ada");
  expect([agentOf(waiting.turn), agentOf(later.turn)]).toEqual(["agent-7", "agent-7"]);
  expect(later.lane).toBe(waiting.lane);
  expect(agentOf(other.turn)).toStartWith("own:");
  // Told twice, the first stays.
  await store.write.adoptAgent({ own: own?.id ?? 0, agentId: "agent-8" });
  expect(agentOf((await say("a", "ada")).turn)).toBe("agent-7");
});

test("a group that goes on under another address keeps its agent, also where somebody has written there before", async () => {
  const club = await say("club", "ada", "group");
  const waiting = agentOf(club.turn);
  await store.write.adoptAgent({ own: ownAgentOf(store.db, waiting)?.id ?? 0, agentId: "agent-club" });
  const hall: NewEvent = {
    at: 9,
    botId: 1,
    keys: ["hall"],
    chat: { key: "stub:hall", kind: "group" },
    kind: "message",
    sentAt: 9,
    payload: { text: "", files: [] },
    ignored: "not-addressed",
  };
  await store.write.acceptEvent(hall);
  const chat = turnById(store.db, club.turn)?.chatId ?? 0;
  await store.write.moveChat({ chat, to: "hall" });
  expect(agentOf((await say("hall", "bob", "group")).turn)).toBe("agent-club");
});
