import { afterAll, beforeAll, expect, test } from "bun:test";
import { loadConfig } from "../../src/config/config.ts";
import { routes } from "../../src/http/app.ts";
import type { HttpDeps } from "../../src/http/context.ts";
import { defaultAccess } from "../../src/access/rules.ts";
import { type Box, startBox } from "../support/box.ts";
import { knownTo } from "../support/known.ts";

let box: Box;

beforeAll(async () => {
  box = await startBox();
});

afterAll(() => box.stop());

/** Whoever adds one here says that strangers may have it. */
const openToAnyone = ["/", "/health", "/livez", "/readyz", "/openapi.json", "/docs"];

const update = { id: "1", chat: "ada", from: "ada", text: "let me in" };

test("a webhook without the right secret is refused and leaves nothing", async () => {
  expect((await box.deliver(update, "wrong")).status).toBe(401);
  expect((await box.deliver(update, "")).status).toBe(401);
  expect(await box.heard()).toEqual([]);
});

test("no route answers without a token but those that are for anyone", async () => {
  // The handlers are not called; building the table touches nothing of what they need.
  const table = routes({} as HttpDeps);
  const open = table.filter(([, , who]) => who === "anyone").map(([, path]) => path);
  expect(open).toEqual(openToAnyone);
  const guarded = table.filter(([, , who]) => typeof who !== "string");
  expect(guarded.length).toBeGreaterThan(20);
  for (const [method, path, who] of guarded) {
    expect([path, who]).not.toEqual([path, []]);
    const response = await fetch(`${box.app().url}${path.replace(/:\w+/g, "1")}`, { method });
    expect([method, path, response.status]).toEqual([method, path, 401]);
  }
});

test("the generated token does not count for a request that came through a proxy", async () => {
  const forwarded = await box.app().chat({ message: "hi" }, { "x-forwarded-for": "203.0.113.9" });
  expect(forwarded.status).toBe(401);
});

test("a stranger in a chat meets pairing, and no upstream request is made for them", async () => {
  const careful = await startBox({ access: { access: "pairing" } });
  const { asked, codeOf, quiet } = knownTo(() => careful);
  try {
    const before = await asked();
    expect(before).toBeGreaterThan(0);
    const from = { chat: "eve", from: "eve" };
    const texts = ["let me in", "/new", "/compact", "/start", "/claim AAAAAAAAAAAAAAAAAAAAAA", "please"];
    for (const [index, text] of texts.entries()) await careful.deliver({ id: `s${index}`, text, ...from });
    await careful.deliver({ id: "g1", chat: "team", from: "eve", text: "hello", group: true });
    await codeOf("eve");
    await quiet();
    expect(await asked()).toBe(before);
    expect(await careful.heard()).toEqual([]);
  } finally {
    await careful.stop();
  }
});

test("a bot of which nothing is said meets strangers with pairing", () => {
  expect(defaultAccess).toMatchObject({ access: "pairing", shareAgent: false, groups: { mode: "mention-only" } });
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
