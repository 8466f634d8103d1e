/** Commands when the process that accepted them is killed: a real one, by SIGKILL. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../support/app.ts";
import { stubSecret, until } from "../support/box.ts";
import { type Letta, startLetta } from "../support/letta.ts";
import { type StubPlatform, startStubPlatform } from "../support/stub/platform.ts";

let letta: Letta;
let platform: StubPlatform;
let dataDir: string;

beforeAll(() => {
  letta = startLetta();
  platform = startStubPlatform();
  dataDir = tempDir();
});

afterAll(async () => {
  await letta.stop();
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const serve = async () => {
  const program = join(import.meta.dir, "../support/chaos-server.ts");
  const child = Bun.spawn([process.execPath, program, platform.url, stubSecret], {
    env: { DATA_DIR: dataDir, PORT: "0", LETTA_BASE_URL: letta.url },
    stdout: "pipe",
    stderr: "ignore",
  });
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server did not start");
    text += new TextDecoder().decode(value);
  }
  const url = text.trim();
  let serial = 0;
  return {
    write: async (words: string) => {
      const id = `${child.pid}-${(serial += 1)}`;
      const body = JSON.stringify({ id, chat: "ada", from: "ada", text: words });
      const headers = { "x-stub-secret": stubSecret };
      expect((await fetch(`${url}/webhooks/stub`, { method: "POST", headers, body })).status).toBe(200);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
};

/** Answers by what they begin with, each counted by its send key: a part whose fate was lost may stand there twice. */
const answers = (words: string): number =>
  new Set(platform.taken().flatMap(({ text, sendKey }) => (text.includes(words) ? [sendKey] : []))).size;

test("commands that were accepted and not answered are answered by the next start, each once, in their order", async () => {
  const rounds = [1, 2, 3];
  for (const round of rounds) {
    const server = await serve();
    // What the last round left is answered first: a message that still waited would be merged with this one.
    if (round > 1) await until(() => platform.taken().find(({ text }) => text.includes(`next ${round - 1}`)));
    await server.write(`demo slow 100 story ${round}`);
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
