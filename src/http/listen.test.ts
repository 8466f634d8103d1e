import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownAddress } from "../../test/support/address.ts";
import type { Via } from "./via.ts";
import { type Handler, listen, type Listening, socketPathOf } from "./listen.ts";

let dataDir: string;
let open: Listening[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-listen-"));
  open = [];
});

afterEach(async () => {
  for (const one of open) await one.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const start = (handler: Handler, host = "127.0.0.1", dir = dataDir): Listening => {
  const listening = listen(handler, { host, port: 0, dataDir: dir });
  open.push(listening);
  return listening;
};

/** Answers how the request came in. */
const describeVia: Handler = (_, { socket, loopback }) => Response.json({ socket, loopback });

const ask = async (url: string, init: BunFetchRequestInit = {}): Promise<Pick<Via, "socket" | "loopback">> =>
  (await (await fetch(url, init)).json()) as Via;

describe("how a request came in", () => {
  test("from this machine, directly", async () => {
    expect(await ask(start(describeVia).url)).toEqual({ socket: false, loopback: true });
  });

  test("through a proxy, which may stand for anybody", async () => {
    const { url } = start(describeVia);
    const proxies = ["forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "cf-connecting-ip"];
    for (const name of proxies) {
      expect(await ask(url, { headers: { [name]: "127.0.0.1" } })).toEqual({ socket: false, loopback: false });
    }
  });

  test("under a name that this machine does not have for itself, which is how a silent proxy passes on the world's", async () => {
    const { url } = start(describeVia);
    for (const host of ["localhost", "LOCALHOST:8080", "box.localhost", "127.0.0.1:8080", "127.1.2.3", "[::1]:80"]) {
      expect(await ask(url, { headers: { host } }), host).toEqual({ socket: false, loopback: true });
    }
    for (const host of [
      "box.example.org",
      "192.0.2.1",
      "localhost.example.org",
      "[2001:db8::1]",
      "127.0.0.1.example.org",
    ]) {
      expect(await ask(url, { headers: { host } }), host).toEqual({ socket: false, loopback: false });
    }
  });

  test("through the socket file, which only its owner may open", async () => {
    writeFileSync(socketPathOf(dataDir), "left by a process that was killed");
    const { socketPath } = start(describeVia);
    expect(socketPath).toBe(socketPathOf(dataDir));
    expect(statSync(socketPath ?? "").mode & 0o777).toBe(0o600);
    expect(await ask("http://localhost/", { unix: socketPath ?? "" })).toEqual({ socket: true, loopback: true });
  });

  test("not through a socket where its path would be too long", () => {
    const deep = join(dataDir, "x".repeat(100));
    mkdirSync(deep);
    expect(start(describeVia, "127.0.0.1", deep).socketPath).toBeNull();
    expect(existsSync(socketPathOf(deep))).toBe(false);
  });
});

test("the address is one that programs on this machine can call", async () => {
  const { url } = start(describeVia, "0.0.0.0");
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask(url)).toEqual({ socket: false, loopback: true });
});

test("a port that is taken is named", () => {
  const { url } = start(describeVia);
  const port = Number(new URL(url).port);
  expect(() => listen(describeVia, { host: "127.0.0.1", port, dataDir })).toThrow(
    `Port ${port} on 127.0.0.1 is in use by another program.`,
  );
});

test("a stop lets answers under way go out, closes idle connections and refuses new ones", async () => {
  const asked = Promise.withResolvers<void>();
  const allowed = Promise.withResolvers<void>();
  const listening = start(async (request) => {
    if (new URL(request.url).pathname === "/quick") return new Response("at once");
    asked.resolve();
    await allowed.promise;
    return new Response("in time");
  }, ownAddress);
  const { url, socketPath } = listening;
  const idle = connect(Number(new URL(url).port), ownAddress);
  idle.write("GET /quick HTTP/1.1\r\nhost: test\r\n\r\n");
  await new Promise((resolve) => idle.once("data", resolve));
  const closed = new Promise((resolve) => idle.once("close", resolve));
  const waiting = fetch(url);
  await asked.promise;
  const stopped = listening.stop();
  await closed;
  await expect(fetch(url)).rejects.toThrow();
  allowed.resolve();
  expect(await (await waiting).text()).toBe("in time");
  await stopped;
  expect(existsSync(socketPath ?? "")).toBe(false);
});

test("a stop does not wait for ever for a reader", async () => {
  const endless = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
    pull: () => new Promise<void>(() => undefined),
  });
  const listening = start(() => new Response(endless));
  const { body } = await fetch(listening.url);
  await listening.stop();
  await expect(new Response(body).text()).rejects.toThrow();
});
