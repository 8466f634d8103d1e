import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../errors.ts";
import { dataDirFault, ensureDataDir } from "./data-dir.ts";

let scratch: string;
beforeEach(() => void (scratch = mkdtempSync(join(tmpdir(), "lettabox-dir-"))));
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const refusal = (path: string): Fault => {
  try {
    ensureDataDir(path);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("The directory was accepted.");
};

test("a missing directory is made with its parents, for its owner only, and left empty", () => {
  const path = join(scratch, "a", "b");
  ensureDataDir(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(readdirSync(path)).toEqual([]);
});

test("an existing directory keeps its mode and its files", () => {
  const path = join(scratch, "shared");
  mkdirSync(path);
  chmodSync(path, 0o755);
  writeFileSync(join(path, "mine"), "1");
  ensureDataDir(path);
  expect(statSync(path).mode & 0o777).toBe(0o755);
  expect(readdirSync(path)).toEqual(["mine"]);
});

test("a file in its place, or in its path, is named", () => {
  const file = join(scratch, "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "below")]) {
    const fault = refusal(path);
    expect(fault.code).toBe("data_dir_unusable");
    expect(fault.message).toContain(path);
    expect(fault.hint).toContain("file");
    expect(fault.hint).toContain("DATA_DIR");
  }
});

test.skipIf(process.getuid?.() === 0)("a directory that cannot be written is refused", () => {
  const path = join(scratch, "closed");
  mkdirSync(path, { mode: 0o500 });
  expect(refusal(path).hint).toContain("belong to the user");
});

const hint = (code: string) => dataDirFault("/data", Object.assign(new Error("x"), { code })).hint;

test("each reason comes with its own remedy", () => {
  expect(hint("EACCES")).toContain("belong to the user");
  expect(hint("EROFS")).toContain("read-only");
  expect(hint("ENOSPC")).toContain("disk is full");
  expect(hint("EIO")).toContain("DATA_DIR");
});
