/** What is wrong with a request is said clearly; nothing of it is kept, and the next one is served. */
import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { startApp, type TestApp } from "../../support/app.ts";
import { head, openRaw, request } from "../../support/raw.ts";

let box: TestApp;
let kept: unknown;

/** How many rows there are of everything that a request could leave behind. */
const countRows = (): unknown => {
  const db = new Database(`${box.dataDir}/lettabox.sqlite`, { readonly: true });
  const tables = ["events", "event_keys", "turns", "turn_events", "chats", "conversations", "bindings", "outbox"];
  const counts = tables.map((table) => [table, db.query(`SELECT count(*) AS n FROM ${table}`).get()]);
  db.close();
  return counts;
};

beforeAll(async () => {
  box = await startApp();
  expect((await box.chat({ message: "hello" })).status).toBe(200);
});

afterAll(async () => {
  expect((await box.chat({ message: "hello again" })).status).toBe(200);
  expect(box.log()).not.toContain('"level":"error"');
  await box.stop();
});

beforeEach(() => {
  kept = countRows();
});

afterEach(async () => {
  expect((await box.call("/livez")).status).toBe(200);
  expect(countRows()).toEqual(kept);
});

const json = { "content-type": "application/json" };

const post = async (body: string | Uint8Array, headers: Readonly<Record<string, string>> = json) => {
  const response = await box.call("/api/v1/chat", { method: "POST", headers, body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** The head of a chat request whose body is sent in another way. */
const headOf = (headers: Readonly<Record<string, string>>): string =>
  head("POST", "/api/v1/chat", { ...json, "x-api-key": box.token, ...headers }) + "\r\n";

const statusOf = async (method: string, path: string): Promise<number> => (await box.call(path, { method })).status;

const refusal = (status: number, error: string, code = "bad_request") => ({
  status,
  body: expect.objectContaining({ success: false, error, code }) as Record<string, unknown>,
});

describe("a body", () => {
  const missing = "Missing required field: message";

  test.each([
    ["nothing", ""],
    ["a space", " "],
    ["an open object", "{"],
    ["an open field", '{"message":'],
    ["a field without quotes", "{message: 1}"],
    ["200,000 open lists", "[".repeat(200_000)],
    ["a NUL", "\0"],
    ["NaN", "NaN"],
    ["single quotes", "'hi'"],
  ])("that is no JSON: %s", async (_, body) => {
    expect(await post(body)).toEqual(refusal(400, "Invalid JSON body"));
  });

  test.each(["null", "[]", '["message"]', "1", '"message"', "true", "{}", '{"message":null}', '{"Message":"hi"}'])(
    "that is no request: %s",
    async (body) => {
      expect(await post(body)).toEqual(refusal(400, missing));
    },
  );

  test.each(["   ", "\n\t", "\u00a0", "\u3000"])("with nothing to say: %p", async (message) => {
    expect(await post(JSON.stringify({ message }))).toEqual(refusal(400, missing));
  });

  test("in bytes that are not UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from('{"message":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')]);
    expect(await post(bytes)).toEqual(refusal(400, "The request body is not valid UTF-8."));
  });

  test("with a NUL in the message, which Letta cannot store", async () => {
    expect(await post(JSON.stringify({ message: "a\0b" }))).toEqual(
      refusal(400, "Message must not contain NUL characters"),
    );
  });

  test("with keys of other objects' prototypes", async () => {
    expect(await post('{"__proto__":{"message":"hi"},"constructor":{"message":"hi"}}')).toEqual(refusal(400, missing));
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
    "of the type %p",
    async (type) => {
      const answer = await post('{"message":"hi"}', { "content-type": type });
      expect(answer).toEqual(refusal(400, "Content-Type must be application/json"));
    },
  );

  test("that is compressed, in words and before it is read", async () => {
    for (const encoding of ["gzip", "br", "deflate", "GZIP", "x"]) {
      const answer = await post(gzipSync('{"message":"hi"}'), { ...json, "content-encoding": encoding });
      expect(answer).toEqual(refusal(415, "Compressed request bodies are not supported.", "unsupported_media_type"));
    }
  });
});

describe("a body that is too large gets its answer on a connection that stays", () => {
  const filler = Buffer.alloc(64 * 1024, "x");
  const again = head("GET", "/health", { connection: "close" }) + "\r\n";

  test.each([2, 10, 60])("%d MB with their length", async (megabytes) => {
    const bytes = megabytes * 1024 * 1024;
    const connection = await openRaw(box.url);
    connection.send(headOf({ "content-length": String(bytes) }));
    await connection.pour([filler], bytes / filler.length);
    connection.send(again);
    const text = await connection.until(/\r\n\r\nok$/);
    expect(text).toStartWith("HTTP/1.1 413 ");
    expect(text).toContain('"error":"The request body is larger than 1048576 bytes.","code":"body_too_large"');
    expect(text).toEndWith("\r\n\r\nok");
  });

  test.each([2, 10])("%d MB in chunks, of unknown length", async (megabytes) => {
    const connection = await openRaw(box.url);
    connection.send(headOf({ "transfer-encoding": "chunked" }));
    const chunk = [`${filler.length.toString(16)}\r\n`, filler, "\r\n"];
    await connection.pour(chunk, (megabytes * 1024 * 1024) / filler.length);
    connection.send("0\r\n\r\n", again);
    const text = await connection.until(/\r\n\r\nok$/);
    expect(text).toStartWith("HTTP/1.1 413 ");
    expect(text).toEndWith("\r\n\r\nok");
  });

  test("and so does one whose sender may not speak at all", async () => {
    const bytes = 2 * 1024 * 1024;
    const connection = await openRaw(box.url);
    connection.send(`${head("POST", "/api/v1/chat", { ...json, "content-length": String(bytes) })}\r\n`);
    await connection.pour([filler], bytes / filler.length);
    connection.send(again);
    const text = await connection.until(/\r\n\r\nok$/);
    expect(text).toStartWith("HTTP/1.1 401 ");
    expect(text).toEndWith("\r\n\r\nok");
  });

  test("a sender who asks first is told to go on", async () => {
    const connection = await openRaw(box.url);
    connection.send(headOf({ "content-length": "4", expect: "100-continue" }));
    expect(await connection.until(/\r\n\r\n/)).toStartWith("HTTP/1.1 100 Continue");
    connection.send("null");
    expect(await connection.until(/"success":false/)).toContain("HTTP/1.1 400 ");
    connection.close();
  });
});

describe("a request that is not finished", () => {
  test("leaves nothing", async () => {
    const whole = request("POST", "/api/v1/chat", { ...json, "x-api-key": box.token }, '{"message":"never sent"}');
    for (const part of [0.3, 0.9, 0.99]) {
      const connection = await openRaw(box.url);
      connection.send(whole.slice(0, Math.floor(whole.length * part)));
      connection.close();
    }
  });

  test("or is no HTTP at all, is refused", async () => {
    for (const garbage of ["garbage\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\u0016\u0003\u0001\r\n\r\n"]) {
      const connection = await openRaw(box.url);
      connection.send(garbage);
      expect(await connection.until(/\r\n\r\n/)).toStartWith("HTTP/1.1 400 ");
      connection.close();
    }
  });

  test("with headers without end is refused", async () => {
    const connection = await openRaw(box.url);
    connection.send(`${head("GET", "/health", { "x-long": "x".repeat(200_000) })}\r\n`);
    expect(await connection.until(/\r\n\r\n/)).toStartWith("HTTP/1.1 431 ");
    connection.close();
  });
});

describe("a path", () => {
  test("that nobody knows is 404, in LettaBot's words", async () => {
    for (const path of [
      "/nope",
      "/api",
      "/api/v1",
      "/api/v2/chat",
      "/api/v1/chat/more",
      "/API/V1/CHAT",
      "/%2e%2e/etc",
    ]) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const response = await box.call(path, { method });
        expect([method, path, response.status]).toEqual([method, path, 404]);
        expect(await response.json()).toEqual({ success: false, error: "Not found", code: "not_found" });
      }
    }
  });

  test("under another method is 405 and says which it knows", async () => {
    const known: readonly (readonly [string, string, string])[] = [
      ["GET", "/api/v1/chat", "POST, OPTIONS"],
      ["PUT", "/api/v1/chat/", "POST, OPTIONS"],
      ["DELETE", "/api/v1/chat/async", "POST, OPTIONS"],
      ["POST", "/api/v1/turns", "GET, HEAD, OPTIONS"],
      ["PATCH", "/api/v1/turns/turn_1/events", "GET, HEAD, OPTIONS"],
      ["GET", "/api/v1/turns/turn_1/cancel", "POST, OPTIONS"],
      ["PUT", "/api/v1/tokens", "GET, POST, HEAD, OPTIONS"],
      ["POST", "/health", "GET, HEAD, OPTIONS"],
    ];
    for (const [method, path, allow] of known) {
      const response = await box.call(path, { method });
      expect([method, path, response.status]).toEqual([method, path, 405]);
      expect(response.headers.get("allow")).toBe(allow);
      expect(await response.json()).toEqual({
        success: false,
        error: "Method not allowed",
        code: "method_not_allowed",
      });
    }
  });

  test("tells its methods when asked, and nothing to other origins", async () => {
    const response = await box.call("/api/v1/chat", {
      method: "OPTIONS",
      headers: { origin: "https://elsewhere.example", "access-control-request-method": "POST" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("allow")).toBe("POST, OPTIONS");
    const names = [...response.headers.keys()];
    expect(names.filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("takes a query and slashes at its end", async () => {
    for (const path of [
      "/health?x=1",
      "/health/",
      "/health/?",
      "/api/v1/turns?limit=1&x",
      "/api/v1/turns/?",
      "/readyz/",
    ]) {
      expect([path, await statusOf("GET", path)]).toEqual([path, 200]);
    }
    const response = await box.call("/api/v1/chat/?stream=no", { method: "POST", headers: json, body: "{}" });
    expect(response.status).toBe(400);
  });

  test("has a head without a body", async () => {
    for (const path of ["/health", "/readyz", "/api/v1/turns"]) {
      const response = await box.call(path, { method: "HEAD" });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("");
    }
  });

  test("with an id that cannot be one is 404 or 400, never a failure", async () => {
    const ids = [
      "0",
      "-1",
      "1e9",
      "NaN",
      "%00",
      "%ff",
      "%F0%9F%A6%94",
      "..%2f..",
      "x".repeat(4_000),
      "' OR 1=1 --",
      "turn_",
    ];
    for (const id of ids) {
      const found = [
        await statusOf("GET", `/api/v1/turns/${id}`),
        await statusOf("GET", `/api/v1/turns/${id}/events`),
        await statusOf("POST", `/api/v1/turns/${id}/cancel`),
        await statusOf("DELETE", `/api/v1/tokens/${id}`),
        await statusOf("GET", `/api/v1/dead-letters/${id}`),
        await statusOf("POST", `/api/v1/dead-letters/${id}/retry`),
        await statusOf("GET", `/api/v1/turns?before=${id}`),
      ];
      expect([id, ...found]).toEqual([id, ...found.map(() => 404)]);
    }
    for (const query of ["limit=0", "limit=-1", "limit=x", "limit=1e9", "limit=", "limit=1.5"]) {
      expect([query, await statusOf("GET", `/api/v1/turns?${query}`)]).toEqual([query, 400]);
      expect([query, await statusOf("GET", `/api/v1/dead-letters?${query}`)]).toEqual([query, 400]);
    }
  });
});

test("headers that make no sense are no reason to fail", async () => {
  const odd: readonly Record<string, string>[] = [
    { authorization: "Bearer" },
    { authorization: `Bearer ${"x".repeat(8_000)}` },
    { authorization: "Bearer a b c" },
    { "x-api-key": "\u00e9" },
    { "x-api-key": `${box.token}, ${box.token}` },
  ];
  for (const headers of odd) expect((await box.call("/api/v1/turns", { headers })).status).toBe(401);
  const accepted: readonly Record<string, string>[] = [
    { accept: "*/*;q=0" },
    { accept: "\u00e9" },
    { "accept-language": "x".repeat(4_000) },
    { range: "bytes=0-1" },
    { "if-none-match": "*" },
  ];
  for (const headers of accepted) expect((await box.call("/api/v1/turns", { headers })).status).toBe(200);
});
