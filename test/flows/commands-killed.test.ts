/** Commands when the process that accepted them is killed: a real one, by SIGKILL. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { type FaultProxy, startFaultProxy } from "../support/faults/proxy.ts";
import { posts } from "../support/faults/requests.ts";
import { silenceAfter } from "../support/faults/silences.ts";
import { serveKillable } from "../support/killable.ts";
import { type Letta, startLetta } from "../support/letta.ts";
import { type StubPlatform, startStubPlatform } from "../support/stub/platform.ts";

let letta: Letta;
let proxy: FaultProxy;
let platform: StubPlatform;
let dataDir: string;

beforeAll(async () => {
  letta = startLetta();
  proxy = await startFaultProxy(() => letta.url);
  platform = startStubPlatform();
  dataDir = tempDir();
});

afterAll(async () => {
  await proxy.stop();
  await letta.stop();
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const serve = () =>
  serveKillable({ dataDir, platform: platform.url, letta: proxy.url, timing: { searchMs: 300, pollMs: 25 } });

/** Answers by what they begin with, each counted by its send key: a part whose fate was lost may stand there twice. */
const answers = (words: string): number =>
  new Set(platform.taken().flatMap(({ text, sendKey }) => (text.includes(words) ? [sendKey] : []))).size;

test("commands that were accepted and not answered are answered by the next start, each once, in their order", async () => {
  const rounds = [1, 2, 3];
  for (const round of rounds) {
    const server = await serve();
    // What the last round left is answered first: a message that still waited would be merged with this one.
    if (round > 1) await until(() => platform.taken().find(({ text }) => text.includes(`next ${round - 1}`)));
    // It has not come to its end, however long the kill takes.
    proxy.arm(silenceAfter("assistant_message"), { on: posts });
    await server.write(`demo slow 10 story ${round}`);
    await until(() => platform.messages().find((one) => one.preview && one.text !== ""));
    await server.write("/new");
    await server.write("/compact");
    await server.write(`next ${round}`);
    // Killed as soon as it has acknowledged: this one is answered at once, if there is time.
    await server.write("/help");
    await server.kill();
  }
  const last = await serve();
  try {
    await last.write("the end");
    await until(() => platform.taken().find(({ text }) => text.includes("the end")));
    expect(answers("A new conversation begins")).toBe(rounds.length);
    expect(answers("too short")).toBe(rounds.length);
    await until(() => (answers("Everything else goes to the agent") === rounds.length ? true : undefined));
    const order = rounds.flatMap((round) => [`story ${round}`, "A new conversation", "too short", `next ${round}`]);
    const taken = platform.taken().map(({ text }) => text);
    let at = 0;
    for (const words of order) {
      at = taken.findIndex((text, index) => index >= at && text.includes(words));
      expect(at, words).not.toBe(-1);
    }
    const heard = await letta.heard();
    for (const round of rounds) expect(heard.filter((text) => text === `next ${round}`)).toHaveLength(1);
  } finally {
    await last.stop();
  }
}, 60_000);
