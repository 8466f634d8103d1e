import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Entry, tar, zip } from "./archive.ts";

const at = new Date("2021-02-03T04:05:06Z");
const entries: readonly Entry[] = [
  { path: "box-1/box", bytes: Buffer.from("#!/bin/sh\necho hello\n"), executable: true },
  { path: "box-1/LICENSE", bytes: Buffer.alloc(1536, "words "), executable: false },
  { path: "box-1/empty", bytes: Buffer.alloc(0), executable: false },
];

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "lettabox-archive-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const unpackers = [
  ["tar", tar, ["tar", "-xf"]],
  [
    "zip",
    zip,
    [
      "python3",
      "-c",
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall()",
    ],
  ],
] as const;

for (const [kind, make, command] of unpackers) {
  const needs = Bun.which(command[0]) === null ? ` (needs ${command[0]})` : "";

  test.skipIf(needs !== "")(`another program finds in a ${kind} what was put there${needs}`, () => {
    const path = join(folder, `box.${kind}`);
    writeFileSync(path, make(entries, at));
    const { exitCode, stderr } = Bun.spawnSync([...command, path], { cwd: folder });
    expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
    for (const entry of entries) expect(readFileSync(join(folder, entry.path))).toEqual(Buffer.from(entry.bytes));
  });

  test(`a ${kind} of the same files is the same`, () => {
    expect(make(entries, at)).toEqual(make(entries, at));
    expect(make(entries, new Date(0))).not.toEqual(make(entries, at));
  });
}

test("a program keeps its right to run, and files have the source's date", () => {
  const path = join(folder, "box.tar");
  writeFileSync(path, tar(entries, at));
  Bun.spawnSync(["tar", "-xf", path], { cwd: folder });
  const program = statSync(join(folder, "box-1/box"));
  expect([program.mode & 0o777, program.mtime]).toEqual([0o755, at]);
  expect(statSync(join(folder, "box-1/LICENSE")).mode & 0o777).toBe(0o644);
});
