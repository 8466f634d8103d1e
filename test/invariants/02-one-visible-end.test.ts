import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";

let box: Box;

beforeAll(async () => {
  box = await startBox();
});

afterAll(() => box.stop());

type End = { state: string | null; ignored: string | null; payload: string | null };

const endOf = async (id: string): Promise<End | undefined> => {
  const [row] = await readIndependently<End & { finished: number | null }>(
    box.dataDir,
    `SELECT t.state, t.finished_at AS finished, e.ignored, e.payload FROM event_keys k
     JOIN events e ON e.id = k.event_id LEFT JOIN turns t ON t.id = e.turn_id WHERE k.key = 'update:${id}'`,
  );
  return row && (row.finished !== null || row.ignored !== null) ? row : undefined;
};

test("a message is answered", async () => {
  await box.deliver({ id: "answered", chat: "ada", from: "ada", text: "hello" });
  expect((await box.until(() => endOf("answered"))).state).toBe("done");
  await box.until(() => box.standing("ada").find((one) => one.text.includes("hello")));
});

test("a failure is told to the one who asked, with the run to look up", async () => {
  await box.deliver({ id: "failed", chat: "bob", from: "bob", text: "demo fail" });
  expect((await box.until(() => endOf("failed"))).state).toBe("failed");
  const told = await box.until(() => box.standing("bob")[0]);
  expect(told.text).toMatch(/provider.*run-/s);
});

test("an agent that chooses to say nothing is silent, and nothing is sent", async () => {
  await box.deliver({ id: "silent", chat: "cleo", from: "cleo", text: "demo silent" });
  expect((await box.until(() => endOf("silent"))).state).toBe("silent");
  expect(box.standing("cleo")).toEqual([]);
});

test("what rules leave unanswered keeps the reason and not the text", async () => {
  await box.deliver({ id: "edit", chat: "dora", from: "dora", text: "never mind", kind: "edit" });
  await box.deliver({ id: "empty", chat: "dora", from: "dora", text: "   " });
  await box.deliver({ id: "aside", chat: "club", from: "dora", text: "psst", group: true, addressed: false });
  await box.deliver({ id: "old", chat: "dora", from: "dora", text: "hi", sentAt: Date.now() - 31 * 86_400_000 });
  expect(await endOf("edit")).toMatchObject({ state: null, ignored: "kind-edit", payload: null });
  expect(await endOf("empty")).toMatchObject({ state: null, ignored: "empty", payload: null });
  expect(await endOf("aside")).toMatchObject({ state: null, ignored: "not-addressed", payload: null });
  expect(await endOf("old")).toMatchObject({ state: null, ignored: "too-old", payload: null });
});

test("a chat that says stop ends its running turn and what waits behind it, and no other chat's", async () => {
  await box.deliver({ id: "s1", chat: "eve", from: "eve", text: "demo slow 500" });
  await box.deliver({ id: "f1", chat: "finn", from: "finn", text: "demo slow 10 still here" });
  await box.until(() => box.platform.messages().find((one) => one.chat === "eve" && one.preview));
  await box.deliver({ id: "s2", chat: "eve", from: "eve", text: "and then?" });
  await box.deliver({ id: "s3", chat: "eve", from: "eve", text: "/stop" });
  expect((await box.until(() => endOf("s1"))).state).toBe("cancelled");
  expect((await box.until(() => endOf("s2"))).state).toBe("cancelled");
  expect((await box.until(() => endOf("f1"))).state).toBe("done");
});
