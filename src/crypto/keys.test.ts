import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asFault, type Fault } from "../errors.ts";
import { loadKeys } from "./keys.ts";
import { open, seal } from "./seal.ts";
import { ensureSecretFile } from "./secret-file.ts";
import { secret } from "./secret.ts";

let dataDir: string;
let path: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-keys-"));
  path = join(dataDir, "master.key");
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const place = { owner: "house", row: "accounts/1/key" };
const configuredKey = secret("configured-master-key-of-32-characters-or-more");
const configured = [configuredKey];

const faultOf = (action: () => unknown): Fault => {
  try {
    action();
  } catch (error) {
    return asFault(error);
  }
  throw new Error("There was no fault.");
};

test("without a configured key one is generated, for its owner only, and used again", () => {
  const first = loadKeys({ configured: [], dataDir });
  expect(first.created).toBe(true);
  expect(readdirSync(dataDir)).toEqual(["master.key"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
  const second = loadKeys({ configured: [], dataDir });
  expect(second).toMatchObject({ created: false, tightened: false });
  expect(open(second.ring, place, seal(first.ring, place, "value"))).toBe("value");
});

test("a configured key seals, and nothing is generated", () => {
  const { ring } = loadKeys({ configured, dataDir });
  expect(ring.map((key) => key.secret)).toEqual(configured);
  expect(readdirSync(dataDir)).toEqual([]);
});

test("configuring a key later leaves open what the generated one sealed", () => {
  const sealed = seal(loadKeys({ configured: [], dataDir }).ring, place, "value");
  const { ring } = loadKeys({ configured, dataDir });
  expect(ring[0].secret).toBe(configuredKey);
  expect(open(ring, place, sealed)).toBe("value");
});

test("a key file that others could read is closed to them, and that is told", () => {
  loadKeys({ configured: [], dataDir });
  chmodSync(path, 0o644);
  expect(loadKeys({ configured: [], dataDir }).tightened).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("an empty or cut key file is refused and left as it is", () => {
  for (const content of ["", "short\n"]) {
    writeFileSync(path, content, { mode: 0o600 });
    const fault = faultOf(() => loadKeys({ configured: [], dataDir }));
    expect(fault.code).toBe("master_key_wrong");
    expect(fault.message).toContain(path);
    expect(readFileSync(path, "utf8")).toBe(content);
  }
});

test("a key file that cannot be read or made is named", () => {
  mkdirSync(path);
  expect(faultOf(() => loadKeys({ configured: [], dataDir }))).toMatchObject({ code: "data_dir_unusable" });
  rmSync(path, { recursive: true });
  symlinkSync(join(dataDir, "nowhere"), path);
  expect(faultOf(() => loadKeys({ configured: [], dataDir })).message).toContain(path);
  expect(faultOf(() => loadKeys({ configured: [], dataDir: join(dataDir, "missing") })).message).toContain("ENOENT");
});

test("a secret file made by another in the meantime is kept", () => {
  const file = ensureSecretFile(path, () => {
    writeFileSync(path, "theirs\n", { mode: 0o600 });
    return "ours";
  });
  expect(file.created).toBe(false);
  expect(file.value.reveal()).toBe("theirs");
  expect(readdirSync(dataDir)).toEqual(["master.key"]);
});
