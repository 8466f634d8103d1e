/** Killed again and again while the agent keeps things about somebody: each is kept once, and each call is answered once. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { serveSimulator } from "../../src/simulator/serve.ts";
import { tempDir } from "../support/app.ts";
import { stubSecret, until } from "../support/box.ts";
import { type StubPlatform, startStubPlatform } from "../support/stub/platform.ts";

let dataDir: string;
let platform: StubPlatform;
let letta: ReturnType<typeof serveSimulator>;

beforeEach(() => {
  dataDir = tempDir();
  platform = startStubPlatform();
  letta = serveSimulator({ port: 0, hostname: "127.0.0.1", dataDir: null });
});

afterEach(async () => {
  await letta.stop();
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A lettabox in a process of its own, with the stub channel. */
const start = async () => {
  const patience = JSON.stringify({ searchMs: 300, pollMs: 25 });
  const script = join(import.meta.dir, "../support/chaos-server.ts");
  const child = Bun.spawn([process.execPath, script, platform.url, stubSecret, patience], {
    cwd: dataDir,
    env: { DATA_DIR: dataDir, PORT: "0", LETTA_BASE_URL: letta.url },
    stdout: "pipe",
    stderr: "ignore",
  });
  const { value } = await child.stdout.getReader().read();
  const url = new TextDecoder().decode(value).trim();
  return { child, url };
};

/** In a chat for each, or what waits would become one turn. */
const deliver = (url: string, id: string) =>
  fetch(`${url}/webhooks/stub`, {
    method: "POST",
    headers: { "x-stub-secret": stubSecret },
    body: JSON.stringify({ id, chat: `ada-${id}`, from: "ada", text: `demo remember fact ${id}` }),
  });

const isAnswered = (chat: string): boolean =>
  platform.taken().some((part) => part.chat === chat && part.text.includes("Everything that is kept"));

/** Moments of a turn, in milliseconds after its message was accepted. */
const moments = [0, 10, 20, 30, 45, 60];
const facts = moments.map((_, index) => `fact ${index}`);

test("each of them once", async () => {
  let server = await start();
  for (const [index, ms] of moments.entries()) {
    expect((await deliver(server.url, String(index))).ok).toBe(true);
    await Bun.sleep(ms);
    server.child.kill("SIGKILL");
    await server.child.exited;
    server = await start();
  }
  await until(() => (moments.every((_, index) => isAnswered(`ada-${index}`)) ? true : undefined));
  await until(async () => {
    const blocks = (await (await fetch(`${letta.url}/v1/blocks/`)).json()) as { label: string; value: string }[];
    const value = blocks.findLast(({ label }) => label === "Persona_stub_ada")?.value;
    return value?.split("\n").toSorted().join() === facts.toSorted().join() ? true : undefined;
  });
  server.child.kill("SIGKILL");
  await server.child.exited;

  type Request = {
    readonly texts: readonly string[];
    readonly approvals: readonly { readonly tool_call_id: string }[];
  };
  const requests = (await (await fetch(`${letta.url}/demo/requests`)).json()) as Request[];
  const heard = requests.flatMap(({ texts }) => texts.filter((text) => text.startsWith("demo remember")));
  expect(heard.toSorted()).toEqual(facts.map((fact) => `demo remember ${fact}`).toSorted());
  const answered = requests.flatMap(({ approvals }) => approvals.map(({ tool_call_id }) => tool_call_id));
  expect(answered).toHaveLength(facts.length);
  expect(new Set(answered).size).toBe(facts.length);
}, 60_000);
