import { expect, test } from "bun:test";
import { deriveSecret } from "./derive.ts";
import { keyRing } from "./keys.ts";
import { secret as hide } from "./secret.ts";

const ring = keyRing(hide("one master key of at least 32 characters"));
const other = keyRing(hide("another master key of at least 32 characters"));

test("a derived secret is the same each time, fits every platform's alphabet, and is another one for each name and key", () => {
  const secret = deriveSecret(ring, "bots/one/webhook");
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(deriveSecret(ring, "bots/one/webhook")).toBe(secret);
  expect(deriveSecret(ring, "bots/two/webhook")).not.toBe(secret);
  expect(deriveSecret(other, "bots/one/webhook")).not.toBe(secret);
});
