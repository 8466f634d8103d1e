import { expect, test } from "bun:test";
import { loadConfig } from "../config/config.ts";
import { Fault } from "../errors.ts";
import type { Check } from "./check.ts";
import { checks, examine } from "./doctor.ts";

const config = await loadConfig({ flags: {}, env: { DATA_DIR: "/nowhere/at/all" }, cwd: "/" });
const patient = { config, version: "1", fetch, now: Date.now };

const check = (name: string, run: Check["run"]): Check => ({ name, run });

test("a check that never ends is given up, and keeps no other from speaking", async () => {
  const found = await examine(patient, {
    timeoutMs: 20,
    checks: [
      check("stuck", () => new Promise(() => undefined)),
      check(
        "cut",
        (_, abort) => new Promise((_resolve, reject) => abort.addEventListener("abort", () => reject(abort))),
      ),
      check("quick", () => Promise.resolve({ state: "ok", text: "Here." })),
    ],
  });
  expect(found).toEqual([
    { check: "stuck", state: "fail", text: "It took longer than 0.02 s.", fix: expect.any(String) },
    { check: "cut", state: "fail", text: "It took longer than 0.02 s.", fix: expect.any(String) },
    { check: "quick", state: "ok", text: "Here." },
  ]);
});

test("a check that throws is a failure, told without what the error quotes", async () => {
  const canary = "canary-4c11";
  const found = await examine(patient, {
    checks: [
      check("fault", () => Promise.reject(new Fault("letta_rejected", { cause: new Error(canary) }))),
      check("system", () => Promise.reject(Object.assign(new Error(canary), { code: "EIO" }))),
      check("bug", () => Promise.reject(new Error(canary))),
    ],
  });
  expect(found.map(({ check: name, state, text }) => [name, state, text])).toEqual([
    ["fault", "fail", "Letta rejected the API key."],
    ["system", "fail", "It cannot be looked at (EIO)."],
    ["bug", "fail", "It cannot be looked at (unknown error)."],
  ]);
  expect(JSON.stringify(found)).not.toContain(canary);
});

test("the server is asked once, whoever wants to know", async () => {
  let asked = 0;
  const count = ((): Promise<Response> => {
    asked++;
    return Promise.reject(new Error("nobody"));
  }) as unknown as typeof fetch;
  const ask = check("ask", async ({ running }) => ({ state: "ok", text: (await running()).state }));
  const found = await examine({ ...patient, fetch: count }, { checks: [ask, ask, ask] });
  expect(found.map(({ text }) => text)).toEqual(["none", "none", "none"]);
  expect(asked).toBe(1);
});

test("each check has a name of its own", () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
});
