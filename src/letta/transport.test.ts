import { describe, expect, test } from "bun:test";
import { fail, never, sendTo, startServer, stop, stream, done } from "./test-server.ts";
import { createV1Upstream } from "./v1.ts";

const health = "GET /v1/health/";
const post = "POST /v1/conversations/default/messages";
const healthy = () => Response.json({ version: "0.16.7", status: "ok" });

const redirect = (status: number, location: string) => () => new Response(null, { status, headers: { location } });

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])(
    "%i to another origin is not followed, with or without a body",
    async (status) => {
      await using other = await startServer({ [health]: healthy, [post]: () => stream(stop("end_turn"), done) });
      await using server = await startServer({
        [health]: redirect(status, `${other.url}/v1/health/`),
        [post]: redirect(status, `${other.url}/v1/conversations/default/messages`),
      });
      const upstream = createV1Upstream({ baseUrl: server.url, apiKey: "key-1" });
      expect(await fail(() => upstream.health(never))).toMatchObject({
        code: "letta_refused",
        hint: expect.any(String),
      });
      expect((await sendTo(server.url, { apiKey: "key-1" })).error).toMatchObject({ code: "letta_refused" });
      expect(other.requests).toEqual([]);
    },
  );

  test("within the server are followed with method, body and key", async () => {
    await using server = await startServer({
      [post]: redirect(307, "/elsewhere"),
      "POST /elsewhere": () => stream(stop("end_turn"), done),
    });
    expect((await sendTo(server.url, { apiKey: "key-1" })).error).toBeUndefined();
    const [first, second] = server.requests;
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers.get("authorization")).toBe("Bearer key-1");
  });

  test("that would turn a post into a read are not followed", async () => {
    await using server = await startServer({ [post]: redirect(302, "/elsewhere"), "GET /elsewhere": healthy });
    expect((await sendTo(server.url)).error).toMatchObject({ code: "letta_refused" });
    expect(server.requests).toHaveLength(1);
  });

  test("in a circle end", async () => {
    await using server = await startServer({ [health]: redirect(307, "/v1/health/") });
    const upstream = createV1Upstream({ baseUrl: server.url });
    expect(await fail(() => upstream.health(never))).toMatchObject({ code: "letta_refused" });
    expect(server.requests).toHaveLength(4);
  });
});

describe("headers", () => {
  test("tell the server which client it talks to, and the project", async () => {
    await using server = await startServer({ [health]: healthy });
    await createV1Upstream({ baseUrl: server.url, apiKey: "key-1", projectId: "project-1" }).health(never);
    const headers = server.requests[0]?.headers;
    expect(headers?.get("x-stainless-package-version")).toMatch(/^1\./);
    expect(headers?.get("x-project-id")).toBe("project-1");
    expect(headers?.get("accept-encoding")).toBe("identity");
  });

  test("a key that is none is rejected here and never repeated", async () => {
    await using server = await startServer({ [health]: healthy });
    const upstream = createV1Upstream({ baseUrl: server.url, apiKey: "canary\nkey" });
    const error = await fail(() => upstream.check(never));
    expect(error).toMatchObject({ code: "letta_rejected" });
    expect(Bun.inspect(error)).not.toContain("canary");
    expect(server.requests).toEqual([]);
  });

  test("white space around a key is no part of it", async () => {
    await using server = await startServer({ [health]: healthy });
    await createV1Upstream({ baseUrl: server.url, apiKey: " key-1\n" }).health(never);
    expect(server.requests[0]?.headers.get("authorization")).toBe("Bearer key-1");
  });
});

test("nothing of the environment reaches the server or the output", async () => {
  await using server = await startServer({ [health]: healthy });
  const script = `
    import { createV1Upstream } from ${JSON.stringify(new URL("v1.ts", import.meta.url).pathname)};
    await createV1Upstream({ baseUrl: ${JSON.stringify(server.url)} }).health(new AbortController().signal);
  `;
  const child = Bun.spawn([process.execPath, "-e", script], {
    env: {
      LETTA_API_KEY: "canary-key",
      LETTA_BASE_URL: "http://127.0.0.1:1",
      LETTA_LOG: "debug",
      LETTA_CUSTOM_HEADERS: "Authorization: Bearer canary\nX-Canary: canary\nUser-Agent: canary\nAccept: canary",
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([stdout, stderr, child.exitCode]).toEqual(["", "", 0]);
  expect(server.requests).toHaveLength(1);
  expect([...(server.requests[0]?.headers ?? [])].join()).not.toContain("canary");
  expect(server.requests[0]?.headers.has("authorization")).toBe(false);
});

test("nothing is tried twice", async () => {
  for (const status of [408, 409, 429, 500, 503]) {
    await using server = await startServer({
      [post]: () => new Response(null, { status, headers: { "x-should-retry": "true", "retry-after-ms": "1" } }),
      [health]: () => new Response(null, { status, headers: { "x-should-retry": "true", "retry-after-ms": "1" } }),
    });
    await sendTo(server.url);
    await fail(() => createV1Upstream({ baseUrl: server.url }).health(never));
    expect(server.requests).toHaveLength(2);
  }
});
