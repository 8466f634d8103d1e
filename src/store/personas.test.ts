import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isNoteDue } from "./notes.ts";
import { tidyPersona } from "./persona-text.ts";
import { isUnsaved, type Persona, personaById, speakerOf, unsavedPersonas } from "./personas.ts";
import { openStore, type Store } from "./store.ts";

let dataDir: string;
let store: Store;
let serial = 0;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-personas-"));
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const account = 1;

/** Somebody writes; answers their turn, claimed. */
const say = async (handle: string) => {
  serial += 1;
  const accepted = await store.write.acceptEvent({
    at: serial,
    botId: 1,
    keys: [`k${serial}`],
    chat: { key: `stub:${handle}`, kind: "direct" },
    sender: { handle, name: "Ada" },
    kind: "message",
    sentAt: serial,
    payload: { text: "hi", files: [] },
    turn: {
      publicId: `turn_${serial}`,
      trigger: "message",
      accountId: account,
      server: "http://letta",
      agentId: "agent-1",
      agentName: "one",
      conversation: "per-chat",
      merges: false,
      dueAt: serial,
    },
  });
  if (accepted.outcome !== "queued") throw new Error(accepted.outcome);
  const { turn } = await store.write.claimTurn({ lane: accepted.lane, boot: store.boot, at: 1_000, share: 9 });
  if (!turn) throw new Error("nothing to claim");
  return turn;
};

const personaFor = async (handle: string): Promise<Persona> => {
  const turn = await say(handle);
  const persona = await store.write.ensurePersona({ person: speakerOf(store.db, turn.id) ?? 0, account, at: 1 });
  if (!persona) throw new Error("nobody");
  return persona;
};

const now = (persona: Persona): Persona => personaById(store.db, persona.id) ?? persona;

test("a persona is made once, is the person's own, and is called like their handle", async () => {
  const ada = await personaFor("telegram::123");
  expect(ada).toMatchObject({ label: "Persona_telegram_123", text: "", revision: 0, owner: `person:${ada.personId}` });
  const again = await store.write.ensurePersona({ person: ada.personId, account, at: 2 });
  expect(again).toEqual(ada);
  expect(await store.write.ensurePersona({ person: 99, account, at: 2 })).toBeNull();
});

test("labels are unique in an account, and nothing in them is special to a server's paths", async () => {
  const labels: string[] = [];
  for (const handle of ["a:b:c", "a::b_c", "a::b/c", "a::b c", `a::${"x".repeat(300)}`])
    labels.push((await personaFor(handle)).label);
  expect(new Set(labels).size).toBe(labels.length);
  for (const label of labels) expect(label).toMatch(/^Persona_[\w.@+-]{1,110}$/);
});

test("each change of the text is a revision, and one that was overtaken is refused", async () => {
  const ada = await personaFor("a::1");
  expect(await store.write.writePersona({ persona: ada.id, text: "likes tea", revision: 0 })).toBe(true);
  expect(await store.write.writePersona({ persona: ada.id, text: "likes rum", revision: 0 })).toBe(false);
  expect(now(ada)).toMatchObject({ text: "likes tea", revision: 1, savedRevision: 0 });
  await store.write.writePersona({ persona: ada.id, text: "likes tea" });
  expect(now(ada).revision).toBe(1);
});

test("a block is saved when it exists and holds the last revision", async () => {
  const ada = await personaFor("a::1");
  expect(isUnsaved(ada)).toBe(true);
  await store.write.recordBlock({ persona: ada.id, blockId: "block-1", revision: 0 });
  expect(isUnsaved(now(ada))).toBe(false);
  await store.write.writePersona({ persona: ada.id, text: "likes tea" });
  expect(unsavedPersonas(store.db, 0).map(({ id }) => id)).toEqual([ada.id]);
  await store.write.recordBlock({ persona: ada.id, blockId: "block-1", revision: 1 });
  expect(unsavedPersonas(store.db, 0)).toEqual([]);
  await store.write.forgetBlock({ persona: ada.id, blockId: "block-0" });
  expect(now(ada).blockId).toBe("block-1");
  await store.write.forgetBlock({ persona: ada.id, blockId: "block-1" });
  expect(now(ada)).toMatchObject({ blockId: null, text: "likes tea" });
});

test("a block's own text is taken over only where ours has not changed", async () => {
  const ada = await personaFor("a::1");
  await store.write.recordBlock({ persona: ada.id, blockId: "block-1", revision: 0 });
  await store.write.adoptPersona({ persona: ada.id, text: "from elsewhere", revision: 0 });
  expect(now(ada)).toMatchObject({ text: "from elsewhere", revision: 1, savedRevision: 1 });
  await store.write.writePersona({ persona: ada.id, text: "ours" });
  for (const revision of [1, 2]) await store.write.adoptPersona({ persona: ada.id, text: "late", revision });
  expect(now(ada)).toMatchObject({ text: "ours", revision: 2, savedRevision: 1 });
});

test("a conversation that has heard nothing of a person is told what is kept, if anything is", async () => {
  const ada = await personaFor("a::1");
  const isDue = () => isNoteDue(store.db, now(ada), { conversation: 7, upstreamId: "conv-1" }, 3);
  expect(isDue()).toBe(false);
  await store.write.writePersona({ persona: ada.id, text: "likes tea" });
  expect(isDue()).toBe(true);
});

test("a note counts as told when its turn has ended well; it is due again when it is news or its turn has come", async () => {
  const ada = await personaFor("a::1");
  await store.write.writePersona({ persona: ada.id, text: "likes tea" });
  const take = async (revision: number | null, state: "done" | "cancelled") => {
    const turn = await say("a::2");
    await store.write.setConversation({ id: turn.conversationId, upstreamId: "conv-1" });
    const note = { persona: ada.id, revision };
    const rest = { conversation: "conv-1", background: false, runBefore: null, at: 1 };
    await store.write.freezePost({ turn: turn.id, owner: "x", kind: "message", messages: "[]", ...rest, note });
    const end = { at: 2, response: "", events: [], parts: [] };
    await store.write.settleTurn({ turn: turn.id, state, ...end });
    const place = { conversation: turn.conversationId, upstreamId: "conv-1" };
    return (every: number, upstreamId = "conv-1") => isNoteDue(store.db, now(ada), { ...place, upstreamId }, every);
  };
  expect((await take(1, "cancelled"))(9)).toBe(true);
  expect((await take(1, "done"))(9)).toBe(false);
  const isDue = await take(null, "done");
  expect(isDue(3)).toBe(false);
  expect(isDue(2)).toBe(true);
  expect(isDue(0)).toBe(false);
  expect(isDue(9, "conv-2")).toBe(true);
  await store.write.writePersona({ persona: ada.id, text: "" });
  expect(isDue(9)).toBe(true);
  expect(isDue(9, "conv-2")).toBe(false);
});

test("who speaks in a turn is told by its messages", async () => {
  const turn = await say("a::1");
  expect(speakerOf(store.db, turn.id)).toBe(turn.personId ?? 0);
  expect(speakerOf(store.db, 999)).toBeUndefined();
});

test("a text is kept as lines that can be seen", () => {
  expect(tidyPersona(" a\r\nb\rc\u0007 \n")).toBe("a\nb\nc");
});
