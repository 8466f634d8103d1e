/** How much a token and an address may, what they are told about it, and whom it does not touch. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let box: TestApp;
let now = Date.now();

beforeAll(async () => {
  box = await startApp({
    now: () => now,
    limits: { requestsPerMinute: 30, badTokensPerMinute: 5, streamsPerToken: 2 },
    drainMs: 100,
    edges: { trustedProxies: ["127.0.0.1"] },
  });
});

afterAll(() => box.stop());

const list = (headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${box.url}/api/v1/turns`, { headers });

const statuses = async (times: number, ask: () => Promise<Response>): Promise<readonly number[]> => {
  const seen: number[] = [];
  for (let time = 0; time < times; time += 1) seen.push((await ask()).status);
  return seen;
};

const makeLimited = async (name: string, ratePerMinute: number): Promise<MadeToken> => {
  const response = await box.call("/api/v1/tokens", { method: "POST", body: JSON.stringify({ name, ratePerMinute }) });
  expect(response.status).toBe(201);
  return (await response.json()) as MadeToken;
};

/** What an answer says about a policy: `{ q: 3, w: 60, r: 2, t: 20 }`. */
const levels = (response: Response, name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ["ratelimit-policy", "ratelimit"].flatMap((header) =>
      (response.headers.get(header) ?? "")
        .split(", ")
        .filter((item) => item.startsWith(`"${name}";`))
        .flatMap((item) => item.split(";").slice(1))
        .map((parameter) => parameter.split("=") as [string, string]),
    ),
  );

describe("requests of one token", () => {
  test("are told how many are left, and refused when none is, with the time to come back", async () => {
    const token = await makeLimited("three", 3);
    const first = await list(bearer(token));
    expect(first.headers.get("ratelimit-policy")).toBe('"token";q=3;w=60');
    expect(first.headers.get("ratelimit")).toBe('"token";r=2;t=20');
    expect(await statuses(2, () => list(bearer(token)))).toEqual([200, 200]);
    now += 5_000;
    const refused = await list(bearer(token));
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("15");
    expect(levels(refused, "token")).toEqual({ q: "3", w: "60", r: "0", t: "15" });
    expect(await refused.json()).toEqual({
      success: false,
      error: "This token has made too many requests; try again later.",
      code: "rate_limited",
    });
    now += 15_000;
    expect(await statuses(2, () => list(bearer(token)))).toEqual([200, 429]);
  });

  test("do not count for another token, and are thirty here where it has no rate of its own", async () => {
    const busy = await makeLimited("busy", 1);
    const other = await makeToken(box, "other");
    expect(await statuses(2, () => list(bearer(busy)))).toEqual([200, 429]);
    expect(await statuses(31, () => list(bearer(other)))).toEqual([...Array.from({ length: 30 }, () => 200), 429]);
  });

  test("are refused before anything of the message is taken", async () => {
    const token = await makeLimited("one message", 1);
    const say = () =>
      fetch(`${box.url}/api/v1/chat/async`, {
        method: "POST",
        headers: { "content-type": "application/json", ...bearer(token) },
        body: JSON.stringify({ message: "hello" }),
      });
    expect(await statuses(2, say)).toEqual([202, 429]);
    now += 60_000;
    const { turns } = (await (await list(bearer(token))).json()) as { turns: readonly unknown[] };
    expect(turns).toHaveLength(1);
  });

  test("are without limit for the operator, and for a token whose rate is 0", async () => {
    const free = await makeLimited("free", 0);
    for (const headers of [bearer(free), { "x-api-key": box.token }]) {
      expect(new Set(await statuses(40, () => list(headers)))).toEqual(new Set([200]));
      expect((await list(headers)).headers.has("ratelimit")).toBe(false);
    }
  });

  test("have a rate that is a whole number", async () => {
    for (const ratePerMinute of [-1, 1.5, "3", 1e9]) {
      const body = JSON.stringify({ name: "wrong", ratePerMinute });
      const response = await box.call("/api/v1/tokens", { method: "POST", body });
      expect([ratePerMinute, response.status]).toEqual([ratePerMinute, 400]);
    }
  });
});

/** A request with a token, wrong unless one is given, from an address behind a proxy that is trusted. */
const from = (address: string, token = "lb_wrong"): Readonly<Record<string, string>> => ({
  "x-forwarded-for": address,
  ...bearer({ token }),
});

describe("wrong tokens", () => {
  test("from one address are 429 after some, and 401 again later", async () => {
    const headers = from("203.0.113.9");
    const ask = () => list(headers);
    expect(await statuses(7, ask)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const refused = await ask();
    expect(refused.headers.get("retry-after")).toBe("12");
    expect(levels(refused, "failures")).toEqual({ q: "5", w: "60", r: "0", t: "12" });
    expect(await refused.json()).toEqual({
      success: false,
      error: "Too many wrong tokens came from this address; try again later.",
      code: "too_many_attempts",
    });
    now += 12_000;
    expect(await statuses(2, ask)).toEqual([401, 429]);
  });

  test("from there do not shut out who has a right one, there or elsewhere", async () => {
    const token = await makeToken(box, "a neighbour");
    await statuses(10, () => list(from("198.51.100.7")));
    expect((await list(from("198.51.100.7"))).status).toBe(429);
    expect((await list(from("198.51.100.7", token.token))).status).toBe(200);
    expect((await list(from("198.51.100.8"))).status).toBe(401);
  });

  test("count together in an IPv6 network of one customer, and not beyond it", async () => {
    let last = 0;
    const ask = () => list(from(`2001:db8:7:7::${(last += 1).toString(16)}`));
    expect(await statuses(6, ask)).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await list(from("2001:db8:7:8::1"))).status).toBe(401);
  });

  test("may be expired or revoked as well: all of them count, and are told the same", async () => {
    const revoked = await makeToken(box, "to be revoked");
    await box.call(`/api/v1/tokens/${revoked.id}`, { method: "DELETE" });
    const expired = await makeToken(box, "to expire", { expiresAt: new Date(now + 1).toISOString() });
    now += 1;
    const tokens = [revoked.token, expired.token, "lb_wrong"];
    const answers = new Set<string>();
    for (const token of [...tokens, ...tokens]) {
      const response = await list(from("192.0.2.77", token));
      answers.add(`${response.status} ${await response.text()}`);
    }
    expect([...answers].map((answer) => answer.slice(0, 3))).toEqual(["401", "429"]);
  });

  test("are not missing ones: who shows none is only told to", async () => {
    const headers = { "x-forwarded-for": "192.0.2.78" };
    expect(new Set(await statuses(10, () => list(headers)))).toEqual(new Set([401]));
  });

  test("say nothing about health and webhooks", async () => {
    await statuses(6, () => list(from("192.0.2.79")));
    const headers = from("192.0.2.79");
    const paths = ["/health", "/livez", "/readyz"];
    for (const path of paths) expect((await fetch(`${box.url}${path}`, { headers })).status).toBe(200);
    expect((await fetch(`${box.url}/webhooks/nobody`, { method: "POST", headers })).status).toBe(404);
  });
});

test("an address that is claimed by whoever connects, and not by a trusted proxy, is not believed", async () => {
  const direct = await startApp({ limits: { badTokensPerMinute: 3 } });
  const ask = (address: string) =>
    fetch(`${direct.url}/api/v1/turns`, { headers: { "x-forwarded-for": address, ...bearer({ token: "lb_wrong" }) } });
  expect((await Promise.all(["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(ask))).map(({ status }) => status)).toEqual([
    401, 401, 401,
  ]);
  expect((await ask("192.0.2.4")).status).toBe(429);
  await direct.stop();
});

const stream = (token: MadeToken, message: string): Promise<Response> =>
  fetch(`${box.url}/api/v1/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", ...bearer(token) },
    body: JSON.stringify({ message, chat: crypto.randomUUID() }),
  });

const turnsOf = async (token: MadeToken): Promise<readonly { turnId: string; state: string }[]> =>
  ((await (await list(bearer(token))).json()) as { turns: { turnId: string; state: string }[] }).turns;

const cancel = async (token: MadeToken, turnId: string | null): Promise<void> => {
  const response = await fetch(`${box.url}/api/v1/turns/${turnId}/cancel`, { method: "POST", headers: bearer(token) });
  expect(response.status).toBe(200);
};

describe("event streams of one token", () => {
  test("are two here; a third is refused without its message being taken, until one ends", async () => {
    const token = await makeLimited("streams", 0);
    const [first, second] = [await stream(token, "demo slow 1000"), await stream(token, "demo slow 1000")];
    expect(first.headers.get("ratelimit-policy")).toBe('"streams";q=2;qu="concurrent-requests"');
    expect(levels(first, "streams")["r"]).toBe("1");
    const refused = await stream(token, "too many");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(levels(refused, "streams")["r"]).toBe("0");
    expect(await refused.json()).toMatchObject({ success: false, code: "too_many_streams" });
    expect(await turnsOf(token)).toHaveLength(2);

    // Its reader gets it to its end; and so does who waits for JSON.
    await cancel(token, second.headers.get("x-turn-id"));
    expect(await second.text()).toContain('"type":"result"');
    const third = await until(async () => {
      const next = await stream(token, "demo slow 1");
      return next.status === 200 ? next : undefined;
    });
    await third.text();
    await cancel(token, first.headers.get("x-turn-id"));
    expect(await first.text()).toContain('"type":"result"');
  });

  test("are let go of when their reader goes away, and when they are refused for another reason", async () => {
    const token = await makeLimited("leaving", 0);
    const open = await Promise.all([stream(token, "demo slow 40"), stream(token, "demo slow 40")]);
    const [turn] = await turnsOf(token);
    const follow = () => fetch(`${box.url}/api/v1/turns/${turn?.turnId}/events`, { headers: bearer(token) });
    expect((await follow()).status).toBe(429);
    for (const response of open) await response.body?.cancel();
    const followed = await until(async () => {
      const response = await follow();
      return response.status === 200 ? response : undefined;
    });
    await followed.body?.cancel();
    const unknown = () =>
      fetch(`${box.url}/api/v1/chat`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream", ...bearer(token) },
        body: JSON.stringify({ message: "hello", agent: "Nobody" }),
      });
    const refused = await statuses(4, unknown);
    expect(refused.slice(1)).toEqual([404, 404, 404]);
  });

  test("are without limit for the operator", async () => {
    const operator = { id: 0, token: box.token };
    const open = await Promise.all([1, 2, 3, 4].map(() => stream(operator, "demo slow 5")));
    expect(open.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const response of open) await response.text();
  });
});

test("a restart forgives everybody", async () => {
  const first = await startApp({ limits: { requestsPerMinute: 1 } });
  const token = await makeToken(first, "patient");
  const ask = (app: TestApp) => fetch(`${app.url}/api/v1/turns`, { headers: bearer(token) });
  expect(await statuses(2, () => ask(first))).toEqual([200, 429]);
  await first.app.stop();
  const second = await startApp({ dataDir: first.dataDir, limits: { requestsPerMinute: 1 } });
  expect((await ask(second)).status).toBe(200);
  await second.stop();
  await first.stop();
});
