/** How long files are kept: past their time, but never away from under a part that is still to be sent. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { knownFiles, oldFiles } from "./files.ts";
import type { NewPart } from "./outbox.ts";
import { openStore, type Store } from "./store.ts";

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-files-"));
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const part = (sendKey: string): NewPart => ({
  owner: "person:1",
  botId: 1,
  chatId: 1,
  turnId: null,
  kind: "message",
  address: JSON.stringify({ chat: "ada" }),
  part: JSON.stringify({ text: "" }),
  sendKey,
  deadlineAt: 1_000,
});

/** A message of two parts, the second of which has the file. */
const accept = (name: string, file: number, at = 10) =>
  store.write.acceptMessage({
    publicId: name,
    owner: "person:1",
    chatId: 1,
    tokenId: 1,
    key: name,
    bodyHash: "hash",
    parts: [part(`${name}/0`), part(`${name}/1`)],
    file: { id: file, name: "a.txt", mime: "text/plain", bytes: 3, sendKey: `${name}/1` },
    at,
  });

const partOf = (sendKey: string): number =>
  store.db.$client.query<{ id: number }, [string]>("SELECT id FROM outbox WHERE send_key = ?").get(sendKey)?.id ?? -1;

const finish = (sendKey: string, state: "sent" | "dead") =>
  store.write.finishPart({ id: partOf(sendKey), state, at: 20, ...(state === "dead" ? { code: "send_refused" } : {}) });

test("the file of a message is kept while its part waits, however long that is, and no longer", async () => {
  await accept("msg_a", 7);
  await accept("msg_b", 8);
  expect(knownFiles(store.db, [7, 8, 9])).toEqual(new Set([7, 8]));
  expect(oldFiles(store.db, 1_000, 10)).toEqual([]);
  await finish("msg_a/0", "sent");
  expect(oldFiles(store.db, 1_000, 10)).toEqual([]);
  await finish("msg_a/1", "sent");
  expect(oldFiles(store.db, 10, 10)).toEqual([]);
  expect(oldFiles(store.db, 1_000, 10)).toEqual([7]);
});

test("one that is tried again is kept again, even when the message itself is forgotten", async () => {
  await accept("msg_a", 7);
  await finish("msg_a/0", "sent");
  await finish("msg_a/1", "dead");
  expect(oldFiles(store.db, 1_000, 10)).toEqual([7]);
  await store.write.sweep({ payloadsBefore: 1_000, deadLettersBefore: 5 });
  expect(store.db.$client.query("SELECT id FROM messages").all()).toEqual([]);
  const retried = await store.write.retryDeadLetter({ id: 1, turnId: "turn_x", at: 2_000, deadlineAt: 3_000 });
  expect(retried).toEqual({ outcome: "part", chat: 1 });
  expect(oldFiles(store.db, 1_000, 10)).toEqual([]);
});

test("a file hangs on no turn that happens to have the number of its part", async () => {
  await accept("msg_a", 7);
  await finish("msg_a/0", "sent");
  await finish("msg_a/1", "sent");
  await store.write.addToOutbox({ parts: [{ ...part("turn_1/0"), turnId: partOf("msg_a/1") }], at: 30 });
  expect(oldFiles(store.db, 1_000, 10)).toEqual([7]);
});

test("a message that was accepted before brings no second file", async () => {
  await accept("msg_a", 7);
  const again = await store.write.acceptMessage({
    publicId: "msg_b",
    owner: "person:1",
    chatId: 1,
    tokenId: 1,
    key: "msg_a",
    bodyHash: "hash",
    parts: [part("msg_b/0")],
    file: { id: 8, name: "a.txt", mime: "text/plain", bytes: 3, sendKey: "msg_b/0" },
    at: 10,
  });
  expect(again).toEqual({ publicId: "msg_a", isNew: false, conflict: false });
  expect(knownFiles(store.db, [7, 8])).toEqual(new Set([7]));
});
