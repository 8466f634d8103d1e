import { expect, test } from "bun:test";
import fc from "fast-check";
import { asFault } from "../errors.ts";
import { keyRing } from "./keys.ts";
import { open, seal, type Place } from "./seal.ts";
import { secret } from "./secret.ts";

const first = secret("first-master-key-of-at-least-32-characters");
const second = secret("second-master-key-of-at-least-32-characters");
const place: Place = { owner: "house", row: "accounts/17/key" };

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return asFault(error).code;
  }
  return "no fault";
};

test("what is sealed opens in its place, whatever it is", () => {
  const ring = keyRing(first);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), fc.string(), (value, owner, row) => {
      // A lone surrogate has no UTF-8 form, so text is compared as what is stored.
      const text = value.toWellFormed();
      expect(open(ring, { owner, row }, seal(ring, { owner, row }, text))).toBe(text);
    }),
  );
});

test("a sealed value shows neither its text nor that it is the same text again", () => {
  const ring = keyRing(first);
  const one = seal(ring, place, "canary-5512");
  expect(one).toMatch(/^s1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
  expect(one).not.toContain("canary");
  expect(Buffer.from(one.split(".")[2] ?? "", "base64url").toString("latin1")).not.toContain("canary");
  expect(seal(ring, place, "canary-5512")).not.toBe(one);
});

test("a sealed value does not open in another row or for another owner", () => {
  const ring = keyRing(first);
  const sealed = seal(ring, place, "value");
  for (const other of [
    { ...place, owner: "person-2" },
    { ...place, row: "accounts/18/key" },
    { owner: "house/accounts", row: "17/key" },
    { owner: 'house","accounts/17/key', row: "" },
  ]) {
    expect(codeOf(() => open(ring, other, sealed))).toBe("sealed_value_damaged");
  }
});

test("each changed, cut or added byte is noticed", () => {
  const ring = keyRing(first);
  const sealed = seal(ring, place, "value");
  const [format = "", id = "", body = ""] = sealed.split(".");
  const bytes = Buffer.from(body, "base64url");
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    expect(codeOf(() => open(ring, place, `${format}.${id}.${changed.toString("base64url")}`))).toBe(
      "sealed_value_damaged",
    );
    const cut = bytes.subarray(0, index).toString("base64url");
    expect(codeOf(() => open(ring, place, `${format}.${id}.${cut}`))).toBe("sealed_value_damaged");
  }
  for (const other of ["", "plain text", `s2.${id}.${body}`, `${format}.${id}`, `${sealed}AAAA`]) {
    expect(codeOf(() => open(ring, place, other))).toBe("sealed_value_damaged");
  }
});

test("a new key seals, the older ones behind it still open, and a lost one is told", () => {
  const old = seal(keyRing(first), place, "old");
  const ring = keyRing(second, first);
  const fresh = seal(ring, place, "fresh");
  expect(open(ring, place, old)).toBe("old");
  expect(open(keyRing(second), place, fresh)).toBe("fresh");
  expect(codeOf(() => open(keyRing(second), place, old))).toBe("master_key_wrong");
});

test("the format holds: a value sealed by the first release opens", () => {
  const sealed = "s1.d27139f4.nKMdfvgA_Lr6A8tCcISmEuHCD9okBqc9Wm63LEPWgwFK88sn5YwFOI59PzR9V74f0sU";
  expect(open(keyRing(first), place, sealed)).toBe("from the first release");
});
