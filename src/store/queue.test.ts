import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMeta } from "./meta.ts";
import { openStore, type Store } from "./store.ts";

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-queue-"));
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const keys = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `key-${index}`);

test("what a write has promised is there to read", async () => {
  await store.write.writeMeta({ key: "a", value: "1" });
  expect(readMeta(store.db, "a")).toBe("1");
});

test("a burst of writes is all kept, in order", async () => {
  await Promise.all(keys(1_000).map((key) => store.write.writeMeta({ key, value: key })));
  for (const key of keys(1_000)) expect(readMeta(store.db, key)).toBe(key);
  await Promise.all(keys(50).map((value) => store.write.writeMeta({ key: "last", value })));
  expect(readMeta(store.db, "last")).toBe("key-49");
});

test("a write that fails, fails alone", async () => {
  const broken = store.write.writeMeta({ key: null as unknown as string, value: "x" });
  const outcomes = await Promise.allSettled([
    store.write.writeMeta({ key: "before", value: "1" }),
    broken,
    store.write.writeMeta({ key: "after", value: "1" }),
  ]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(readMeta(store.db, "before")).toBe("1");
  expect(readMeta(store.db, "after")).toBe("1");
});

test("a store that was closed refuses writes instead of losing them", async () => {
  await store.close();
  expect(store.write.writeMeta({ key: "late", value: "1" })).rejects.toMatchObject({ code: "stopping" });
  store = await openStore({ dataDir });
  expect(readMeta(store.db, "late")).toBeUndefined();
});

test("each start has a number of its own", async () => {
  const first = store.boot;
  await store.close();
  store = await openStore({ dataDir });
  expect(store.boot).toBe(first + 1);
});
