/** Where the API meets the world: names, web pages, proxies, and what every answer says. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/app.ts";
import { openRaw } from "../../support/raw.ts";
import { bearer, makeToken } from "../../support/tokens.ts";

let closed: TestApp;
let open: TestApp;
/** Tokens that work from everywhere. */
const tokens = new Map<TestApp, string>();
const app = "https://app.example.org";

beforeAll(async () => {
  [closed, open] = await Promise.all([
    startApp(),
    startApp({
      edges: {
        publicUrl: "https://agents.example.org",
        hosts: ["box.internal"],
        corsOrigins: [app],
        trustedProxies: ["127.0.0.0/8"],
      },
    }),
  ]);
  for (const box of [closed, open]) tokens.set(box, (await makeToken(box, "visitor")).token);
});

afterAll(async () => {
  await closed.stop();
  await open.stop();
});

/** The status under a name, spoken byte by byte: clients put in the name that they connect to. */
const under = async (box: TestApp, host: string, path = "/api/v1/turns", key = tokens.get(box)): Promise<string> => {
  const connection = await openRaw(box.url);
  const lines = [`GET ${path} HTTP/1.1`, `host: ${host}`, `x-api-key: ${key ?? ""}`, "connection: close"];
  connection.send(`${lines.join("\r\n")}\r\n\r\n`);
  return connection.until(/^\0$/);
};

const statusUnder = async (box: TestApp, host: string, path?: string): Promise<number> =>
  Number((await under(box, host, path)).split(" ", 2)[1]);

/** The first line of the answer to a request without a name. */
const askNameless = async (line: string): Promise<string> => {
  const connection = await openRaw(closed.url);
  connection.send(`${line}\r\nx-api-key: ${closed.token}\r\n\r\n`);
  return (await connection.until(/^\0$/)).split("\r\n", 1)[0] ?? "";
};

describe("a name", () => {
  test("that is not ours is 421, with what to do", async () => {
    const answer = await under(open, "evil.example");
    expect(answer).toStartWith("HTTP/1.1 421 ");
    expect(answer).toContain('"code":"misdirected"');
    expect(answer).toContain("PUBLIC_URL");
    expect(await statusUnder(open, "agents.example.org.evil.example")).toBe(421);
    expect(await statusUnder(closed, "agents.example.org")).toBe(421);
  });

  test("of the world is none under which admin.token counts: a proxy that says nothing of itself passed it on", async () => {
    expect(await under(open, "agents.example.org", "/api/v1/turns", open.token)).toStartWith("HTTP/1.1 401 ");
    expect(await under(open, "localhost", "/api/v1/turns", open.token)).toStartWith("HTTP/1.1 200 ");
  });

  test("is ours when it is configured, this machine's, or no name at all", async () => {
    const { port } = new URL(open.url);
    const names = [
      "agents.example.org",
      "AGENTS.example.org:443",
      "box.internal:8080",
      "localhost",
      "192.0.2.1",
      "[::1]",
    ];
    for (const name of [...names, `127.0.0.1:${port}`])
      expect([name, await statusUnder(open, name)]).toEqual([name, 200]);
  });

  test("does not matter for probes and webhooks", async () => {
    for (const path of ["/", "/health", "/health/", "/livez", "/readyz", "/health?x=1"]) {
      expect([path, await statusUnder(closed, "probe.example", path)]).toEqual([path, 200]);
    }
    expect(await statusUnder(closed, "hooks.example", "/webhooks/telegraph")).toBe(404);
    for (const path of ["/healthy", "/api/v1/status", "/nope", "//health", "/webhooks", "/api/v1/../../health/x"]) {
      expect([path, await statusUnder(closed, "evil.example", path)]).toEqual([path, 421]);
    }
  });

  test("may be missing where it does not matter, as old probes leave it out", async () => {
    for (const path of ["/", "/health", "/livez?x"])
      expect(await askNameless(`GET ${path} HTTP/1.0`)).toEndWith(" 200 OK");
    expect(await askNameless("OPTIONS / HTTP/1.0")).toEndWith(" 204 No Content");
    expect(await askNameless("GET /api/v1/turns HTTP/1.0")).toContain(" 421 ");
  });

  test("does not matter on the socket file", async () => {
    const init = { unix: `${closed.dataDir}/lettabox.sock`, headers: { host: "evil.example" } };
    expect((await fetch("http://localhost/api/v1/turns", init)).status).toBe(200);
  });
});

const preflight = (box: TestApp, origin: string, path = "/api/v1/chat"): Promise<Response> =>
  fetch(`${box.url}${path}`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-stainless-os",
    },
  });

const corsOf = (response: Response): readonly string[] =>
  [...response.headers.keys()].filter((name) => name.startsWith("access-control"));

describe("a page of another origin", () => {
  test("may do nothing by default: no answer says that it may", async () => {
    const origin = "https://elsewhere.example";
    const answers = [
      await preflight(closed, origin),
      await closed.call("/api/v1/turns", { headers: { origin } }),
      await closed.call("/health", { headers: { origin } }),
    ];
    expect(answers.map(corsOf)).toEqual([[], [], []]);
    for (const origin2 of [origin, "null", `${app}.evil.example`, "http://app.example.org", `${app}:8443`]) {
      expect([origin2, corsOf(await preflight(open, origin2))]).toEqual([origin2, []]);
    }
  });

  test("that is listed may ask before, for the methods of the path and the headers it names", async () => {
    const response = await preflight(open, app);
    expect(response.status).toBe(204);
    const said = Object.fromEntries(corsOf(response).map((name) => [name, response.headers.get(name)]));
    expect(said).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-methods": "POST, OPTIONS",
      "access-control-allow-headers": "authorization,content-type,x-stainless-os",
      "access-control-max-age": "600",
    });
    expect(response.headers.get("vary")).toBe("Origin");
    expect((await preflight(open, app, "/nope")).status).toBe(404);
  });

  test("that is listed reads answers, streams and errors, with what stands in their heads", async () => {
    const headers = { origin: app };
    const answers = [
      await open.call("/api/v1/turns", { headers }),
      await open.chat({ message: "hello" }, { ...headers, accept: "text/event-stream" }),
      await open.call("/api/v1/turns", { headers: { ...headers, "x-api-key": "wrong" } }),
      await open.call("/nope", { headers }),
    ];
    for (const response of answers) {
      expect(response.headers.get("access-control-allow-origin")).toBe(app);
      expect(response.headers.get("access-control-expose-headers")).toContain("X-Turn-Id, Retry-After, RateLimit");
      expect(response.headers.has("access-control-allow-credentials")).toBe(false);
      await response.text();
    }
  });

  test("may be any when * is listed", async () => {
    const box = await startApp({ edges: { corsOrigins: ["*"] } });
    const response = await box.call("/api/v1/turns", { headers: { origin: "https://anywhere.example" } });
    expect(response.headers.get("access-control-allow-origin")).toBe("https://anywhere.example");
    expect(response.headers.get("vary")).toBe("Origin");
    expect(corsOf(await box.call("/api/v1/turns"))).toEqual([]);
    await box.stop();
  });
});

const hstsOf = async (box: TestApp, headers: Readonly<Record<string, string>> = {}) =>
  (await box.call("/api/v1/turns", { headers })).headers.get("strict-transport-security");

describe("every answer", () => {
  const paths = ["/health", "/readyz", "/api/v1/turns", "/nope", "/webhooks/nobody"];

  test("says that it is not to be framed, guessed at, leaked or kept", async () => {
    for (const path of paths) {
      for (const method of ["GET", "HEAD", "OPTIONS", "DELETE"]) {
        const { headers } = await closed.call(path, { method });
        const said = ["x-content-type-options", "referrer-policy", "x-frame-options", "cache-control"];
        expect([path, method, ...said.map((name) => headers.get(name))]).toEqual([
          path,
          method,
          "nosniff",
          "no-referrer",
          "DENY",
          "no-store",
        ]);
        expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
      }
    }
  });

  test("insists on TLS where the public address has it, unless a proxy says that this came without", async () => {
    expect(await hstsOf(closed)).toBeNull();
    expect(await hstsOf(closed, { "x-forwarded-proto": "https" })).toBeNull();
    expect(await hstsOf(open)).toBe("max-age=31536000");
    // Through a proxy `admin.token` is none, and the answer a 401: it says so all the same.
    expect(await hstsOf(open, { "x-forwarded-proto": "https" })).toBe("max-age=31536000");
    expect(await hstsOf(open, { "x-forwarded-proto": "http" })).toBeNull();
  });
});

test("whoever comes through a trusted proxy is not on this machine, whatever the proxy says", async () => {
  const token = await makeToken(open, "website");
  for (const address of ["127.0.0.1", "::1", "203.0.113.9"]) {
    const headers = { "x-forwarded-for": address };
    expect((await open.call("/api/v1/turns", { headers })).status).toBe(401);
    expect((await open.call("/api/v1/turns", { headers: { ...headers, ...bearer(token) } })).status).toBe(200);
  }
});
