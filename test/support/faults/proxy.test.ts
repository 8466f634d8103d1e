import { afterEach, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { ownAddress } from "../address.ts";
import { lostRequest, lostAnswer } from "./cuts.ts";
import { slowDrip, splitCharacters } from "./pieces.ts";
import { type FaultProxy, startFaultProxy } from "./proxy.ts";
import { anything, posts } from "./requests.ts";

const gzipped = Bun.gzipSync(Buffer.from("words ".repeat(100)));
const text = "data: wörds 💧\n\n".repeat(50);

let heard: { method: string; path: string; body: string; key: string | null }[];
let server: ReturnType<typeof Bun.serve>;
let proxy: FaultProxy;

beforeEach(async () => {
  heard = [];
  server = Bun.serve({
    hostname: ownAddress,
    port: 0,
    routes: {
      "/gzip": () => new Response(gzipped, { headers: { "content-encoding": "gzip" } }),
      "/stream": () => new Response(text, { headers: { "content-type": "text/event-stream" } }),
      "/elsewhere": () => new Response("moved", { status: 307, headers: { location: "https://letta.example/" } }),
      "/none": () => new Response(null, { status: 204 }),
    },
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      heard.push({
        method: request.method,
        path: pathname + search,
        body: await request.text(),
        key: request.headers.get("authorization"),
      });
      return Response.json({ detail: "Not Found" }, { status: 404, headers: { "x-own": "kept" } });
    },
  });
  proxy = await startFaultProxy(() => server.url.origin);
});

afterEach(async () => {
  await proxy.stop();
  await server.stop(true);
});

const digest = async (response: Response): Promise<string> =>
  createHash("sha256")
    .update(new Uint8Array(await response.arrayBuffer()))
    .digest("hex");

test("what is not struck passes byte for byte, in both directions", async () => {
  const asItIs = { redirect: "manual", decompress: false } as RequestInit;
  for (const path of ["/gzip", "/stream", "/elsewhere", "/none", "/other"]) {
    const [straight, through] = await Promise.all(
      [server.url.origin, proxy.url].map((url) => fetch(url + path, asItIs)),
    );
    if (!straight || !through) throw new Error("no answer");
    expect(through.status).toBe(straight.status);
    for (const name of ["content-type", "content-encoding", "content-length", "location", "x-own"]) {
      expect([name, through.headers.get(name)]).toEqual([name, straight.headers.get(name)]);
    }
    expect(await digest(through)).toBe(await digest(straight));
  }
  heard = [];
  const body = "x".repeat(300_000);
  await fetch(`${proxy.url}/v1/a?b=c&d=%20`, { method: "POST", body, headers: { authorization: "Bearer key" } });
  expect(heard).toEqual([{ method: "POST", path: "/v1/a?b=c&d=%20", body, key: "Bearer key" }]);
});

test("a fault strikes the requests it was armed for and no others, and the log says so", async () => {
  proxy.arm(lostRequest, { on: ({ path }) => path === "/a", nth: 2, times: 2 });
  const outcomes: string[] = [];
  for (const path of ["/a", "/b", "/a", "/b", "/a", "/a"]) {
    outcomes.push(await fetch(proxy.url + path, { keepalive: false }).then(String, () => "broken"));
  }
  expect(outcomes.map((one) => one === "broken")).toEqual([false, false, true, false, true, false]);
  expect(proxy.log().map(({ path, fault, reached }) => [path, fault !== null, reached])).toEqual([
    ["/a", false, true],
    ["/b", false, true],
    ["/a", true, false],
    ["/b", false, true],
    ["/a", true, false],
    ["/a", false, true],
  ]);
  expect(heard).toHaveLength(4);
});

test("the server has a request whose answer is lost", async () => {
  proxy.arm(lostAnswer, { on: posts });
  const lost = fetch(`${proxy.url}/v1/conversations/default/messages`, { method: "POST", body: "{}" });
  expect(
    await lost.then(
      () => "answered",
      () => "broken",
    ),
  ).toBe("broken");
  expect(heard).toHaveLength(1);
});

test.each([splitCharacters, slowDrip(7)])("other pieces, same bytes: $name", async (fault) => {
  proxy.arm(fault, { on: anything });
  const response = await fetch(`${proxy.url}/stream`);
  const pieces: Uint8Array[] = [];
  for await (const piece of response.body ?? []) pieces.push(piece as Uint8Array);
  expect(pieces.length).toBeGreaterThan(20);
  expect(Buffer.concat(pieces).toString()).toBe(text);
});

test("a server that is not there looks like one, a broken connection", async () => {
  await server.stop(true);
  expect(
    await fetch(proxy.url).then(
      () => "answered",
      () => "broken",
    ),
  ).toBe("broken");
});
