/** A webhook that somebody or something else changes is set again, and what goes wrong with it is told. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { createApi, type TelegramApi } from "../../src/channels/telegram/api.ts";
import { createWebhook } from "../../src/channels/telegram/webhook.ts";
import { createLog } from "../../src/log.ts";
import { createHandClock, type HandClock } from "../support/telegram/clock.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { never, webhookSecret } from "./stand.ts";

const url = "http://127.0.0.1:1/webhooks/telegram";

let clock: HandClock;
let telegram: Telegram;
let api: TelegramApi;
let lines: string[];
let stop: () => Promise<void>;

beforeEach(async () => {
  clock = createHandClock();
  telegram = startTelegram({ clock });
  api = createApi({ token: telegram.bot().token, root: telegram.url, fetch });
  lines = [];
  const log = createLog({ level: "debug", format: "json", sink: (line) => lines.push(line) });
  const webhook = createWebhook({ api, url, secret: webhookSecret, log });
  await webhook.install(never());
  const abort = new AbortController();
  const watching = webhook.watch(abort.signal, 1);
  stop = () => {
    abort.abort();
    return watching;
  };
});

afterEach(async () => {
  await stop();
  expect(telegram.violations()).toEqual([]);
  await telegram.stop();
});

const events = (): readonly unknown[] => lines.map((line) => (JSON.parse(line) as { event: unknown }).event);
const calls = (method: string): number => telegram.log().filter((one) => one.method === method).length;
/** Telegram limits how often a webhook is set. */
const settle = () => clock.advance(1_000);

test("a webhook that is as it should be is left alone", async () => {
  await telegram.until(() => calls("getWebhookInfo") > 3);
  expect(calls("setWebhook")).toBe(1);
  expect(lines).toEqual([]);
});

test("a webhook that was deleted is set again", async () => {
  await api.call("deleteWebhook", {}, { abort: never() });
  settle();
  await telegram.until(() => telegram.webhook()?.url === url);
  await telegram.until(() => events().includes("telegram.webhook-repaired"));
});

test("a webhook that leads elsewhere, or asks for less, leads here again", async () => {
  settle();
  await api.call("setWebhook", { url: "https://elsewhere.example/", allowed_updates: ["poll"] }, { abort: never() });
  settle();
  await telegram.until(() => telegram.webhook()?.url === url);
  const { allowed_updates } = await api.call("getWebhookInfo", {}, { abort: never() });
  expect(allowed_updates).toContain("message");
});

test("an address that does not answer is told once, with no word of what the platform says", async () => {
  const ann = telegram.addPerson({ name: "Ann" });
  telegram.say({ from: ann, text: "hello" });
  await telegram.until(() => telegram.deliveries().length > 0 && events().includes("telegram.webhook-failing"));
  const seen = calls("getWebhookInfo");
  await telegram.until(() => calls("getWebhookInfo") > seen + 3);
  expect(events().filter((event) => event === "telegram.webhook-failing")).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", count: 1 });
  expect(lines.join("")).not.toContain("refused");
});

test("a platform that does not answer is asked again", async () => {
  telegram.fault({ kind: "broken", method: "getWebhookInfo" });
  await telegram.until(() => events().includes("telegram.webhook-unwatched"));
  const seen = calls("getWebhookInfo");
  await telegram.until(() => calls("getWebhookInfo") > seen);
});
