/** The program itself on Telegram, with nothing but a token: what it prints, and what a kill does to those who write. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { type FaultProxy, startFaultProxy } from "../support/faults/proxy.ts";
import { posts } from "../support/faults/requests.ts";
import { silenceAfter } from "../support/faults/silences.ts";
import { filesWith } from "../support/files-with.ts";
import { run, type Server, startServer } from "../support/program.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { startWatchedLetta, type WatchedLetta } from "../support/watched-letta.ts";

let telegram: Telegram;
let letta: WatchedLetta;
let proxy: FaultProxy;
let dir: string;
let ann: number;
const servers: Server[] = [];

beforeEach(async () => {
  telegram = startTelegram({ hurry: 1_000 });
  letta = startWatchedLetta();
  proxy = await startFaultProxy(() => letta.url);
  dir = tempDir();
  mkdirSync(join(dir, "data"));
  ann = telegram.addPerson({ name: "Ann" });
});

afterEach(async () => {
  for (const server of servers) {
    server.kill("SIGKILL");
    await server.exited;
  }
  const said = servers.splice(0).map(({ out, err }) => out() + err());
  expect(said.join("")).not.toContain(telegram.bot().token);
  expect(filesWith(dir, telegram.bot().token)).toEqual([]);
  expect(telegram.violations()).toEqual([]);
  await telegram.stop();
  await proxy.stop();
  await letta.stop();
  rmSync(dir, { recursive: true, force: true });
});

const env = () => ({
  DATA_DIR: join(dir, "data"),
  LETTA_BASE_URL: proxy.url,
  TELEGRAM_BOT_TOKEN: telegram.bot().token,
  TELEGRAM_API_ROOT: telegram.url,
});

const serve = async (): Promise<Server> => {
  const server = await startServer({ cwd: dir, env: env() });
  servers.push(server);
  return server;
};

const answers = (): readonly string[] =>
  telegram
    .messages(ann)
    .filter(({ isBot, isDraft }) => isBot && !isDraft)
    .map(({ text }) => text);
const told = (words: string) => until(() => answers().find((text) => text.includes(words)));

test("it prints a link, and whoever opens it chats; an update that comes three times, also over a kill, is one answer", async () => {
  const server = await serve();
  await until(() => (/t\.me/.test(server.out()) ? true : undefined));
  const [, payload] = /https:\/\/t\.me\/box_bot\?start=([\w-]+)/.exec(server.out()) ?? [];
  telegram.say({ from: ann, text: `/start ${payload}` });
  await told("You run this bot now");
  // Its answer is half said and not yet sent, however long the kill takes.
  proxy.arm(silenceAfter("assistant_message"), { on: posts });
  telegram.say({ from: ann, text: "demo slow 10 once" });
  const update = telegram.again();
  await until(() => telegram.drafts(ann)[0]);
  server.kill("SIGKILL");
  await server.exited;
  telegram.again(update);
  const next = await serve();
  await told("once");
  telegram.again(update);
  telegram.say({ from: ann, text: "and now?" });
  await told("You said: and now?");
  expect(answers().filter((text) => text.includes("once"))).toHaveLength(1);
  expect(letta.posts().filter((post) => post.includes("once"))).toHaveLength(1);
  expect(next.out()).not.toContain("start=");
  expect(await next.stop()).toBe(0);
});

test("no command that shows something shows the token", async () => {
  const server = await serve();
  for (const args of [
    ["config", "print"],
    ["doctor"],
    ["claim"],
    ["turns", "list"],
    ["people", "list"],
    ["pairing", "list"],
  ]) {
    const surroundings = { cwd: dir, env: { ...env(), PORT: new URL(server.url).port } };
    const { out, err } = await run(args, surroundings);
    expect([args.join(" "), (out + err).includes(telegram.bot().token)]).toEqual([args.join(" "), false]);
    expect(out).not.toBe("");
  }
  const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.token}` } });
  expect(await metrics.text()).not.toContain(telegram.bot().token.split(":")[1] ?? "");
});
