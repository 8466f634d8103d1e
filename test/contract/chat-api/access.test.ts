/** Who asks, for what, and what they must not learn: what belongs to another token is what does not exist. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let box: TestApp;
let now = Date.now();
let ada: MadeToken;
let eve: MadeToken;
let callers: Readonly<Record<Caller, Readonly<Record<string, string>>>>;
/** Ada's turn, one that failed, and what only she and the operator may see. */
let turnId: string;
let failedId: string;
let letter: number;
let secrets: readonly string[];

type Caller = "nobody" | "a wrong token" | "a revoked token" | "an expired token" | "Ada" | "Eve" | "the operator";

const strangers = ["nobody", "a wrong token", "a revoked token", "an expired token"] as const;

const say = (headers: Readonly<Record<string, string>>, message: string): Promise<Response> =>
  fetch(`${box.url}/api/v1/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ message }),
  });

beforeAll(async () => {
  box = await startApp({ now: () => now, limits: { badTokensPerMinute: 0 } });
  ada = await makeToken(box, "Ada's website");
  eve = await makeToken(box, "Eve's website");
  const revoked = await makeToken(box, "revoked");
  await box.call(`/api/v1/tokens/${revoked.id}`, { method: "DELETE" });
  const expired = await makeToken(box, "expired", { expiresAt: new Date(now + 60_000).toISOString() });
  expect((await say(bearer(expired), "still valid")).status).toBe(200);
  now += 61_000;
  callers = {
    nobody: {},
    "a wrong token": { authorization: "Bearer lb_wrong" },
    "a revoked token": bearer(revoked),
    "an expired token": bearer(expired),
    Ada: bearer(ada),
    Eve: bearer(eve),
    "the operator": { authorization: `Bearer ${box.token}` },
  };
  const said = (await (await say(bearer(ada), "the treasure lies under the oak")).json()) as { turnId: string };
  const failed = (await (await say(bearer(ada), "demo fail")).json()) as { turnId: string };
  ({ turnId } = said);
  failedId = failed.turnId;
  const turn = (await (await box.call(`/api/v1/turns/${turnId}`)).json()) as { conversationId: string; runId: string };
  const { deadLetters } = (await (await box.call("/api/v1/dead-letters")).json()) as { deadLetters: { id: number }[] };
  letter = deadLetters[0]?.id ?? 0;
  expect(turn.conversationId).toStartWith("conv-");
  const ids = [turnId, failedId, turn.conversationId, turn.runId];
  secrets = ["treasure", "oak", "Ada's", "Eve's", ada.token, eve.token, box.token, ...ids];
});

afterAll(() => box.stop());

type Asking = { readonly method: string; readonly path: () => string };

const ask = async (caller: Caller, { method, path }: Asking): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${box.url}${path()}`, { method, headers: callers[caller] });
  // They tell the time, and how much of the minute is left: of the caller, not of what was asked for.
  for (const name of ["date", "ratelimit"]) response.headers.delete(name);
  return { status: response.status, text: `${await response.text()}\n${JSON.stringify([...response.headers])}` };
};

const learned = (text: string): readonly string[] => secrets.filter((secret) => text.includes(secret));

const aboutTurns: readonly Asking[] = [
  { method: "GET", path: () => `/api/v1/turns/${turnId}` },
  { method: "GET", path: () => `/api/v1/turns/${turnId}/events` },
  { method: "GET", path: () => `/api/v1/turns/${failedId}` },
  { method: "POST", path: () => `/api/v1/turns/${turnId}/cancel` },
  { method: "GET", path: () => `/api/v1/turns?before=${failedId}` },
];

const aboutEverything: readonly Asking[] = [
  { method: "GET", path: () => "/api/v1/tokens" },
  { method: "POST", path: () => "/api/v1/tokens" },
  { method: "DELETE", path: () => "/api/v1/tokens/999" },
  { method: "GET", path: () => "/api/v1/dead-letters" },
  { method: "GET", path: () => `/api/v1/dead-letters/${letter}` },
  { method: "POST", path: () => "/api/v1/dead-letters/999/retry" },
  { method: "DELETE", path: () => "/api/v1/dead-letters/999" },
];

const list: Asking = { method: "GET", path: () => "/api/v1/turns" };
const writing: readonly Asking[] = [
  { method: "POST", path: () => "/api/v1/chat" },
  { method: "POST", path: () => "/api/v1/chat/async" },
];

describe.each([...strangers])("%s", (caller) => {
  test("is refused everywhere, in the same words, and learns nothing", async () => {
    for (const asking of [...aboutTurns, ...aboutEverything, ...writing, list]) {
      const { status, text } = await ask(caller, asking);
      expect(status).toBe(401);
      expect(text).toStartWith('{"success":false,"error":"Unauthorized","code":"unauthorized"}\n');
      expect(learned(text)).toEqual([]);
    }
  });
});

describe("Eve, who has a token of her own", () => {
  test("finds none of Ada's turns, byte for byte as if there were none", async () => {
    for (const asking of aboutTurns) {
      const hers = await ask("Eve", asking);
      const absent = `turn_${"0".repeat(32)}`;
      const nothing = await ask("Eve", { ...asking, path: () => asking.path().replace(/turn_\w+/, absent) });
      expect(hers).toEqual(nothing);
      expect(hers.status).toBe(404);
      expect(learned(hers.text)).toEqual([]);
    }
  });

  test("sees an empty list of turns", async () => {
    const { status, text } = await ask("Eve", list);
    expect(status).toBe(200);
    expect(text).toStartWith('{"turns":[]}\n');
  });

  test("may do nothing that is the operator's", async () => {
    for (const asking of aboutEverything) {
      const { status, text } = await ask("Eve", asking);
      expect(status).toBe(403);
      expect(text).toStartWith(
        '{"success":false,"error":"This token lacks the scope \\"admin\\".","code":"forbidden"}\n',
      );
      expect(learned(text)).toEqual([]);
    }
  });

  test("does not stop Ada's turn by asking", async () => {
    const response = await fetch(`${box.url}/api/v1/chat/async`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(ada) },
      body: JSON.stringify({ message: "demo slow 2 to the end" }),
    });
    const running = (await response.json()) as { turnId: string };
    expect((await ask("Eve", { method: "POST", path: () => `/api/v1/turns/${running.turnId}/cancel` })).status).toBe(
      404,
    );
    await (await box.call(`/api/v1/turns/${running.turnId}/events`)).text();
    expect((await ask("Ada", { method: "GET", path: () => `/api/v1/turns/${running.turnId}` })).text).toContain(
      '"done"',
    );
  });
});

describe("Ada", () => {
  test("finds her own turns, and nobody's else", async () => {
    for (const asking of aboutTurns) expect((await ask("Ada", asking)).status).toBe(200);
    const { turns } = JSON.parse((await ask("Ada", list)).text.split("\n")[0] ?? "") as { turns: { turnId: string }[] };
    expect(turns.map((turn) => turn.turnId)).toEqual(expect.arrayContaining([turnId, failedId]));
    const foreign = await ask("Eve", list);
    expect(learned(foreign.text)).toEqual([]);
  });
});

/** The status of an attempt to make a token. */
const make = async (body: object): Promise<number> =>
  (await box.call("/api/v1/tokens", { method: "POST", body: JSON.stringify(body) })).status;

describe("the operator", () => {
  test("finds everything, but no token in it", async () => {
    for (const asking of [...aboutTurns, list]) expect((await ask("the operator", asking)).status).toBe(200);
    const { text } = await ask("the operator", { method: "GET", path: () => "/api/v1/tokens" });
    expect(text).toContain("Ada's website");
    expect([ada.token, eve.token, box.token].filter((token) => text.includes(token))).toEqual([]);
  });

  test("makes tokens with names that tell them apart", async () => {
    expect(await make({ name: "Ada's website" })).toBe(409);
    expect(await make({ name: "admin.token" })).toBe(409);
    expect(await make({ name: "LETTABOX_API_KEY" })).toBe(409);
    for (const name of [undefined, 7, "", " ", "two\nlines", "x".repeat(65)]) expect(await make({ name })).toBe(400);
    expect(await make({ name: "ops", scope: "root" })).toBe(400);
    expect(await make({ name: "ops", expiresAt: "yesterday" })).toBe(400);
    expect(await make({ name: "ops", expiresAt: "2001-01-01T00:00:00Z" })).toBe(400);
    expect(await make({ name: "ops", scope: "admin" })).toBe(201);
    expect(await make({ name: "ops", scope: "admin" })).toBe(409);
  });
});

test("a token that was taken out of the configuration opens nothing any more", async () => {
  const key = "configured-token-of-the-operator";
  const first = await startApp({ env: { LETTABOX_API_KEY: key } });
  const askWith = (app: TestApp) => app.call("/api/v1/tokens", { headers: { authorization: `Bearer ${key}` } });
  try {
    expect((await askWith(first)).status).toBe(200);
  } finally {
    await first.app.stop();
  }
  const second = await startApp({ dataDir: first.dataDir });
  expect((await askWith(second)).status).toBe(401);
  await second.stop();
  await first.stop();
});

test("whoever may open the socket file is the operator, unless they show a token", async () => {
  const unix = `${box.dataDir}/lettabox.sock`;
  const over = (headers: Readonly<Record<string, string>>) =>
    fetch("http://localhost/api/v1/tokens", { unix, headers });
  expect((await over({})).status).toBe(200);
  expect((await over(bearer(eve))).status).toBe(403);
  expect((await over({ "x-api-key": "wrong" })).status).toBe(401);
});
