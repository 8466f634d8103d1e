/** Buttons, choices of agents and approvals when the process is killed: a real one, by SIGKILL. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { serveKillable } from "../support/killable.ts";
import { type Letta, startLetta } from "../support/letta.ts";
import { makeOperator } from "../support/operators.ts";
import { type Message, type StubPlatform, startStubPlatform } from "../support/stub/platform.ts";

let letta: Letta;
let platform: StubPlatform;
let dataDir: string;

beforeEach(() => {
  letta = startLetta();
  platform = startStubPlatform();
  dataDir = tempDir();
});

afterEach(async () => {
  await letta.stop();
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const serve = () =>
  serveKillable({ dataDir, platform: platform.url, letta: letta.url, timing: { searchMs: 300, pollMs: 25 } });
type Server = Awaited<ReturnType<typeof serve>>;

const shown = (words: string, chat = "ada"): Promise<Message> =>
  until(() => platform.messages().find((one) => one.chat === chat && !one.preview && one.text.includes(words)));

const withButtons = (words: string): Promise<Message> =>
  until(() => platform.messages().find(({ text, choices }) => text.includes(words) && choices !== undefined));

/** Delivered like a platform that is not sure whether it was heard: the same press again and again. */
const press = (server: Server, on: Message, label: string) => {
  const choice = on.choices?.find((one) => one.label === label)?.id ?? "";
  const { chat, id: about } = on;
  return server.deliver({ id: `press-${about}-${label}`, chat, from: chat, text: "", kind: "press", choice, about });
};

/** Answers with these words, each by its send key: a part whose fate was lost may stand there twice. */
const answers = (words: string): number =>
  new Set(platform.taken().flatMap(({ text, sendKey }) => (text.includes(words) ? [sendKey] : []))).size;

test("a press that is accepted and not answered is answered by the next start, once, however often it comes", async () => {
  let server = await serve();
  await server.write("/start");
  const menu = await withButtons("`/new` begins");
  for (let round = 0; round < 3; round += 1) {
    await press(server, menu, "Status");
    await server.kill();
    server = await serve();
    await press(server, menu, "Status");
  }
  await shown("Letta");
  await server.write("the end");
  await shown("You said: the end");
  await server.stop();
  const rows = await readIndependently<{ n: number }>(
    dataDir,
    "SELECT count(*) AS n FROM turns WHERE command LIKE '%\"status\"%'",
  );
  expect(rows).toEqual([{ n: 1 }]);
  expect(answers("This chat talks to")).toBe(1);
}, 60_000);

test("an agent that was chosen before a kill is the chat's agent after it", async () => {
  const first = await serve();
  await first.write("hello");
  await shown("You said: hello");
  await fetch(`${letta.url}/v1/agents/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Nova" }),
  });
  await makeOperator(dataDir, "ada");
  await first.write("/agents");
  const menu = await withButtons("This chat talks to");
  await press(first, menu, "Nova");
  await first.kill();
  const second = await serve();
  await second.write("who hears this?");
  await shown("You said: who hears this?");
  await shown("**Nova** now");
  await second.stop();
  const [turn] = await readIndependently<{ agent: string }>(
    dataDir,
    "SELECT agent_name AS agent FROM turns WHERE command IS NULL ORDER BY id DESC LIMIT 1",
  );
  expect(turn).toEqual({ agent: "Nova" });
}, 60_000);

test("a tool call is asked about once and decided once over kills before, during and after the decision", async () => {
  let server = await serve();
  await server.write("hello");
  await shown("You said: hello");
  await makeOperator(dataDir, "ada");
  await server.write("demo ask for it", "bob");
  const notice = await withButtons("denied");
  await server.kill();
  server = await serve();
  await press(server, notice, "Approve");
  await server.kill();
  server = await serve();
  await press(server, notice, "Approve");
  await press(server, notice, "Deny");
  await until(() =>
    platform.messages().find(({ chat, text, preview }) => chat === "bob" && !preview && text.includes("for it")),
  );
  await until(() => platform.messages().find(({ id, choices }) => id === notice.id && choices === undefined));
  await server.stop();
  const rows = await readIndependently(dataDir, "SELECT approve, decided_by AS by FROM approvals");
  expect(rows).toEqual([{ approve: 1, by: "person:1" }]);
  expect(answers("May it?")).toBe(1);
  expect(answers("has to allow")).toBe(1);
}, 60_000);
