import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileKeeper } from "./keeper.ts";
import { createOpenFile } from "./outgoing.ts";

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-files-"));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const later = Date.now() + 60_000;

test("what is kept can be opened, by nobody else on the machine, until it is removed", async () => {
  const keeper = createFileKeeper(dataDir);
  await keeper.keep(7, Buffer.from("hello"));
  expect(await (await createOpenFile(dataDir)({ id: "7" })).text()).toBe("hello");
  expect(statSync(join(dataDir, "files")).mode & 0o077).toBe(0);
  expect(statSync(join(dataDir, "files", "7")).mode & 0o077).toBe(0);
  await keeper.keep(7, Buffer.from("again"));
  expect(await (await createOpenFile(dataDir)({ id: "7" })).text()).toBe("again");
  await keeper.remove(7);
  await keeper.remove(7);
  expect(createOpenFile(dataDir)({ id: "7" })).rejects.toMatchObject({ code: "send_refused" });
});

test("nothing but a number is a file", async () => {
  const keeper = createFileKeeper(dataDir);
  for (const id of [-1, 1.5, Number.NaN]) expect(keeper.keep(id, Buffer.from("x"))).rejects.toThrow();
  for (const id of ["../lettabox.sqlite", "7.part", "", "/etc/passwd"]) {
    expect(createOpenFile(dataDir)({ id })).rejects.toMatchObject({ code: "send_refused" });
  }
});

test("old files are found; half of one is removed, and what is not ours is left alone", async () => {
  const keeper = createFileKeeper(dataDir);
  expect(await keeper.olderThan(later)).toEqual([]);
  await keeper.keep(7, Buffer.from("hello"));
  for (const name of ["8.part", "notes.txt"]) writeFileSync(join(dataDir, "files", name), "x");
  expect(await keeper.olderThan(Date.now() - 60_000)).toEqual([]);
  expect(await keeper.olderThan(later)).toEqual([7]);
  expect(await Bun.file(join(dataDir, "files", "8.part")).exists()).toBe(false);
  expect(await Bun.file(join(dataDir, "files", "notes.txt")).exists()).toBe(true);
});
