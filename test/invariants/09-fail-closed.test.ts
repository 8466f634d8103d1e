import { afterAll, beforeAll, expect, test } from "bun:test";
import { loadConfig } from "../../src/config/config.ts";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

beforeAll(async () => {
  box = await startBox();
});

afterAll(() => box.stop());

const update = { id: "1", chat: "ada", from: "ada", text: "let me in" };

test("a webhook without the right secret is refused and leaves nothing", async () => {
  expect((await box.deliver(update, "wrong")).status).toBe(401);
  expect((await box.deliver(update, "")).status).toBe(401);
  expect(await box.heard()).toEqual([]);
});

test("no route of the API answers without a token", async () => {
  const routes = [
    ["POST", "/api/v1/chat"],
    ["POST", "/api/v1/chat/async"],
    ["GET", "/api/v1/turns"],
    ["GET", "/api/v1/turns/turn_0"],
    ["GET", "/api/v1/turns/turn_0/events"],
    ["POST", "/api/v1/turns/turn_0/cancel"],
    ["GET", "/api/v1/tokens"],
    ["POST", "/api/v1/tokens"],
    ["DELETE", "/api/v1/tokens/1"],
    ["GET", "/api/v1/dead-letters"],
    ["POST", "/api/v1/dead-letters/1/retry"],
  ] as const;
  for (const [method, path] of routes) {
    const response = await fetch(`${box.app().url}${path}`, { method });
    expect([path, response.status]).toEqual([path, 401]);
  }
});

test("the generated token does not count for a request that came through a proxy", async () => {
  const forwarded = await box.app().chat({ message: "hi" }, { "x-forwarded-for": "203.0.113.9" });
  expect(forwarded.status).toBe(401);
});

test("a token that may chat may not steer", async () => {
  const { call } = box.app();
  const created = await call("/api/v1/tokens", { method: "POST", body: JSON.stringify({ name: "site" }) });
  const { token } = (await created.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ["/api/v1/tokens", "/api/v1/dead-letters"]) {
    expect((await call(path, { headers })).status).toBe(403);
  }
});

test("listening beyond this machine without a token of one's own is refused at the start", () => {
  const open = loadConfig({ flags: { host: "0.0.0.0" }, env: {}, cwd: "/" });
  expect(open).rejects.toThrow(/LETTABOX_API_KEY/);
});
