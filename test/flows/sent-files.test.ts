/** Files that agents make: on disk before anything speaks of them, sent once, gone after their time. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { png } from "../support/pictures.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, textsIn, told } = talkWith(() => box);

beforeEach(async () => {
  box = await startBox();
});

afterEach(() => box.stop());

/** From now on the agent calls the tools that messages name. */
const obey = async (): Promise<void> => {
  await write("hello");
  await told("You said: hello");
  const [agent] = (await (await fetch(`${box.letta}/v1/agents/`)).json()) as { id: string }[];
  await fetch(`${box.letta}/v1/agents/${agent?.id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "openai-proxy/fake-model" }),
  });
};

const callSend = (args: object): Promise<Response> => write(`CALL:send_file ${JSON.stringify(args)}`);

const sentFile = (name: string) => box.until(() => box.platform.taken().find(({ file }) => file?.name === name)?.file);

const kept = (): readonly string[] => readdirSync(join(box.dataDir, "files"));

test("the agent sends a file, and hears that it is on its way", async () => {
  await obey();
  await callSend({ name: "../report.csv", content: "a,b\n1,2", caption: "The numbers" });
  const file = await sentFile("report.csv");
  expect(file).toMatchObject({ mime: "text/csv", bytes: Buffer.from("a,b\n1,2").toString("base64") });
  await told("The numbers");
  await told("report.csv is on its way.");
  const rows = await readIndependently<{ name: string; owner: string }>(box.dataDir, "SELECT name, owner FROM files");
  expect(rows).toEqual([{ name: "report.csv", owner: "person:1" }]);
  expect(kept()).toHaveLength(1);
});

test("what cannot be sent is told to the agent, and nothing is kept", async () => {
  await obey();
  await callSend({ name: "big.txt", content: "x".repeat(100_001) });
  await told("No file was sent. The file has 100001 bytes");
  await callSend({ name: "a.txt" });
  await told("`content` must be a text");
  expect(await readIndependently(box.dataDir, "SELECT id FROM files")).toEqual([]);
});

/** Tools that the agent could call when it was asked last. */
const tools = async (): Promise<readonly string[]> => {
  const log = (await (await fetch(`${box.letta}/demo/model/log`)).json()) as { tools: string[] }[];
  return log.at(-1)?.tools ?? [];
};

test("the tool is there where files can be sent, and nowhere else", async () => {
  await obey();
  await write("one");
  await told("one");
  expect(await tools()).toContain("send_file");
  await box.app().chat({ message: "two" });
  expect(await tools()).not.toContain("send_file");
  await box.stop();
  box = await startBox({ stub: { limits: { fileBytes: 0 } } });
  await obey();
  await write("three");
  await told("three");
  expect(await tools()).toEqual(expect.not.arrayContaining(["send_file"]));
});

test("a picture in the agent's words is sent as a file behind them", async () => {
  const data = Buffer.from(png(2, 2)).toString("base64");
  await write(`![a dot](data:image/png;base64,${data})`);
  const file = await sentFile("a dot.png");
  expect(file).toMatchObject({ mime: "image/png", bytes: data });
  await told("You said: _a dot_");
  for (const { text } of box.platform.previews()) expect(text).not.toContain("base64");
});

test("a file that waits for its platform survives a restart, and is sent once", async () => {
  await obey();
  box.platform.behave(({ file }) => (file ? "break" : "take"));
  await callSend({ name: "a.txt", content: "hello" });
  await box.until(async () => {
    const rows = await readIndependently<{ n: number }>(
      box.dataDir,
      "SELECT attempts AS n FROM outbox WHERE part LIKE '%a.txt%' AND attempts > 0",
    );
    return rows.length > 0 ? true : undefined;
  });
  box.platform.behave(() => "take");
  await box.restart();
  await sentFile("a.txt");
  await told("a.txt is on its way.");
  expect(box.platform.taken().filter(({ file }) => file)).toHaveLength(1);
  expect(textsIn("ada").length).toBeGreaterThan(1);
});

test("files are deleted after their time, and so are bytes that belong to nobody", async () => {
  await obey();
  await callSend({ name: "a.txt", content: "hello" });
  await sentFile("a.txt");
  await told("a.txt is on its way.");
  const stray = join(box.dataDir, "files", "12345");
  writeFileSync(stray, "x");
  const old = new Date(Date.now() - 3 * 24 * 3_600_000);
  utimesSync(stray, old, old);
  await box.restart();
  await box.until(() => (kept().includes("12345") ? undefined : true));
  expect(kept()).toHaveLength(1);
  await box.restart({ now: () => Date.now() + 20 * 24 * 3_600_000 });
  await box.until(() => (kept().length === 0 ? true : undefined));
  await box.until(async () => {
    const rows = await readIndependently(box.dataDir, "SELECT id FROM files");
    return rows.length === 0 ? true : undefined;
  });
});
