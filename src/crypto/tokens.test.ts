import { expect, test } from "bun:test";
import { sameSecret } from "./compare.ts";
import { generateToken, hashToken } from "./tokens.ts";

test("tokens are lb_ and 43 base64url characters, and differ", () => {
  const tokens = Array.from({ length: 100 }, generateToken);
  for (const token of tokens) expect(token).toMatch(/^lb_[A-Za-z0-9_-]{43}$/);
  expect(new Set(tokens).size).toBe(100);
});

test("a token's hash is the SHA-256 of its text", () => {
  expect(hashToken("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(hashToken("lb_a")).not.toBe(hashToken("lb_b"));
});

test("comparing secrets tells equal from different, at any length", () => {
  expect(sameSecret("", "")).toBe(true);
  expect(sameSecret("grüße", "grüße")).toBe(true);
  expect(sameSecret("lb_abc", "lb_abd")).toBe(false);
  expect(sameSecret("lb_abc", "lb_abcd")).toBe(false);
  expect(sameSecret("lb_abc", "")).toBe(false);
});
