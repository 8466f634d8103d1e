import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { startApp, type TestApp, tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { type CuttingProxy, startCuttingProxy } from "../support/cutting-proxy.ts";
import { type Letta, startLetta } from "../support/letta.ts";

let letta: Letta;
let lettaDir: string;
let proxy: CuttingProxy;
let app: TestApp;
let dataDir: string;

beforeEach(async () => {
  [lettaDir, dataDir] = [tempDir(), tempDir()];
  letta = startLetta({ dataDir: lettaDir, wordMs: 1_000 });
  proxy = await startCuttingProxy(() => letta.url);
  app = await start();
});

afterEach(async () => {
  await app.stop();
  await proxy.stop();
  await letta.stop();
  for (const dir of [lettaDir, dataDir]) rmSync(dir, { recursive: true, force: true });
});

const start = (): Promise<TestApp> =>
  startApp({ dataDir, env: { LETTA_BASE_URL: proxy.url }, drainMs: 0, timing: { stuckMs: 200 } });

type Turn = { readonly state: string; readonly resent: boolean; readonly response: string };

test("server and lettabox die before the run is known: its own conversation goes on with the message", async () => {
  await until(async () => ((await fetch(`${app.url}/readyz`)).ok ? true : undefined));
  proxy.cut(() => "after-request");
  const body = JSON.stringify({ message: "demo slow 5 hello", chat: "own" });
  const headers = { "content-type": "application/json" };
  const asked = await app.call("/api/v1/chat/async", { method: "POST", headers, body });
  const { turnId } = (await asked.json()) as { turnId: string };
  await until(() => (proxy.posts() === 1 ? true : undefined));
  await app.stop();
  // It comes back before lettabox does, which therefore never sees that it was gone.
  await letta.stop();
  letta = startLetta({ dataDir: lettaDir, wordMs: 1, port: letta.port });
  proxy.cut(() => "none");
  app = await start();
  const turn = await until(async () => {
    const seen = (await (await app.call(`/api/v1/turns/${turnId}`)).json()) as Turn;
    return seen.state === "uncertain" || seen.state === "running" ? undefined : seen;
  });
  expect(turn).toMatchObject({ state: "done", resent: true });
  expect(turn.response).toContain("one two three four five hello");
  expect(await letta.heard()).toEqual(["demo slow 5 hello"]);
});
