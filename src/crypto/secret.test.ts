import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { secret } from "./secret.ts";

const canary = "canary-7f3a91c2";
const key = secret(canary);

test("a secret gives its value only when asked for it", () => {
  expect(key.reveal()).toBe(canary);
});

test("printing a secret in any usual way hides it", () => {
  const printed = [
    `${key}`,
    String(key),
    "key: " + key,
    JSON.stringify({ key }),
    inspect({ key }),
    Bun.inspect({ deep: { key } }),
    Bun.inspect(Object.entries({ ...key })),
    String(new Error(`wrong ${key}`)),
  ];
  for (const text of printed) expect(text).not.toContain(canary);
  expect(printed[0]).toBe("[secret]");
  expect(printed[3]).toBe('{"key":"[secret]"}');
  expect(printed[4]).toContain("[secret]");
  expect(printed[5]).toContain("[secret]");
});

test("a secret does not cross into a worker by accident", () => {
  expect(() => structuredClone(key)).toThrow();
});
