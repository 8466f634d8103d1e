/** The proxies that docs/deploy describes, with those very settings: words arrive as they come, and the world stays outside. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, ownAddress } from "../support/address.ts";
import { startApp, tempDir, type TestApp } from "../support/app.ts";
import { parsePage } from "../support/docs-page.ts";
import { readEvents } from "../support/event-stream.ts";

const docs = join(import.meta.dir, "../../docs/deploy");
const ownToken = "0123456789abcdef";

/** The settings that a page shows, for plain HTTP on `port` in front of `upstream`. */
const settingsOf = (name: string, port: number, upstream: string): string => {
  const path = join(docs, `${name}.md`);
  const fence = parsePage(path, readFileSync(path, "utf8")).fences.find(({ tag }) => tag === name);
  return (fence?.text ?? "")
    .replace("127.0.0.1:8080", upstream)
    .replace(/^box\.example\.org/m, `http://${ownAddress}:${port}`)
    .replace("listen 443 ssl", `listen ${ownAddress}:${port}`)
    .replaceAll(/^\s*ssl_.*\n/gm, "");
};

const nginxAround = (folder: string, server: string): string => `
daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events {}
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((one) => `${one}_temp_path ${folder}/${one};`).join("\n  ")}
  gzip on; gzip_types *; gzip_proxied any; gzip_min_length 0;
  ${server}
}`;

/** How each is started in a folder of its own, in the foreground. */
const proxies = {
  caddy: (folder: string, settings: string) => {
    writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n\tdefault_bind ${ownAddress}\n}\n${settings}\n`);
    return ["caddy", "run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"];
  },
  nginx: (folder: string, settings: string) => {
    writeFileSync(join(folder, "nginx.conf"), nginxAround(folder, settings));
    return ["nginx", "-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
  },
} as const;

let folder: string;
let app: TestApp;
let proxy: Bun.Subprocess<"ignore", "ignore", "pipe"> | undefined;

beforeEach(async () => {
  folder = tempDir();
  app = await startApp({ env: { LETTABOX_API_KEY: ownToken } });
});

afterEach(async () => {
  proxy?.kill();
  await proxy?.exited;
  proxy = undefined;
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

const startProxy = async (name: keyof typeof proxies): Promise<string> => {
  const port = freePort();
  const words = proxies[name](folder, settingsOf(name, port, new URL(app.url).host));
  mkdirSync(join(folder, "home"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: join(folder, "home") };
  const child = Bun.spawn(words, { cwd: folder, env, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  proxy = child;
  const said = child.stderr.text();
  const url = `http://${ownAddress}:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${await said}`);
    const response = await fetch(`${url}/livez`).catch(() => undefined);
    if (response?.ok) return url;
    await Bun.sleep(20);
  }
};

const chat = (url: string, token: string, headers: Readonly<Record<string, string>> = {}, message = "hello") =>
  fetch(`${url}/api/v1/chat`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ message }),
  });

for (const name of ["caddy", "nginx"] as const) {
  const needs = Bun.which(name) === null ? ` (needs ${name})` : "";

  describe.skipIf(needs !== "")(`behind ${name}${needs}`, () => {
    test("words of an event stream arrive before the turn has ended", async () => {
      const url = await startProxy(name);
      const headers = { accept: "text/event-stream", "accept-encoding": "gzip" };
      const response = await chat(url, ownToken, headers, "demo slow 10 hello");
      expect(response.headers.get("content-encoding")).toBeNull();
      const turnId = response.headers.get("x-turn-id") ?? "";
      const states: string[] = [];
      for await (const { event } of readEvents(response.body ?? new ReadableStream())) {
        if (event.type !== "assistant" || states.length > 0) continue;
        const turn = (await (await app.call(`/api/v1/turns/${turnId}`)).json()) as { readonly state: string };
        states.push(turn.state);
      }
      expect(states).toEqual(["running"]);
    });

    test("the token that is for this machine only opens nothing, also when the caller claims to be this machine", async () => {
      const url = await startProxy(name);
      expect((await chat(app.url, app.token)).status).toBe(200);
      for (const headers of [{}, { "x-forwarded-for": "127.0.0.1" }, { "x-forwarded-for": "" }]) {
        expect((await chat(url, app.token, headers)).status).toBe(401);
      }
      expect((await chat(url, ownToken)).status).toBe(200);
    });

    test("a request that is too large is refused by lettabox, which says why", async () => {
      const url = await startProxy(name);
      const response = await fetch(`${url}/api/v1/chat`, {
        method: "POST",
        headers: { authorization: `Bearer ${ownToken}`, "content-type": "application/json" },
        body: JSON.stringify({ message: "x".repeat(2 * 1024 * 1024) }),
      });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ code: "body_too_large" });
    });
  });
}
