/** How updates reach a bot: by long poll and by webhook, in order per chat, again when they were not taken. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Api } from "grammy";
import type { Update } from "grammy/types";
import { createHandClock, type HandClock } from "./clock.ts";
import { descriptionOf } from "./refused.ts";
import { startTelegram, type Telegram } from "./server.ts";

let clock: HandClock;
let telegram: Telegram;
let api: Api;
let ann: number;
let bob: number;
const stops: (() => Promise<void>)[] = [];

beforeEach(() => {
  clock = createHandClock();
  telegram = startTelegram({ clock });
  stops.push(telegram.stop);
  api = new Api(telegram.bot().token, { apiRoot: telegram.url });
  ann = telegram.addPerson({ name: "Ann" });
  bob = telegram.addPerson({ name: "Bob" });
});

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const kinds = (updates: readonly Update[]): readonly string[] =>
  updates.flatMap((update) => Object.keys(update).filter((key) => key !== "update_id"));

const texts = (updates: readonly Update[]): readonly (string | undefined)[] =>
  updates.map(({ message }) => message?.text);

describe("long polling", () => {
  test("shows updates until an offset confirms them", async () => {
    for (const text of ["one", "two", "three"]) telegram.say({ from: ann, text });
    const first = await api.getUpdates({ limit: 2 });
    expect(texts(first)).toEqual(["one", "two"]);
    expect(texts(await api.getUpdates({ limit: 2 }))).toEqual(["one", "two"]);
    const offset = (first[1]?.update_id ?? 0) + 1;
    expect(texts(await api.getUpdates({ offset }))).toEqual(["three"]);
    expect(telegram.pending()).toBe(1);
    expect(texts(await api.getUpdates({ offset: -1 }))).toEqual(["three"]);
    await api.getUpdates({ offset: offset + 1 });
    expect(telegram.pending()).toBe(0);
  });

  test("waits for one to come, and no longer than it was told", async () => {
    const waiting = api.getUpdates({ timeout: 30 });
    await telegram.until(() => telegram.isPolled());
    telegram.say({ from: ann, text: "at last" });
    expect(texts(await waiting)).toEqual(["at last"]);
    const offset = telegram.deliveries()[0]?.updateId ?? 0;
    const idle = api.getUpdates({ timeout: 30, offset: offset + 1 });
    await telegram.until(() => telegram.isPolled());
    clock.advance(30_000);
    expect(await idle).toEqual([]);
  });

  test("belongs to one poller: the one before it is turned away", async () => {
    const before = descriptionOf(api.getUpdates({ timeout: 30 }));
    await telegram.until(() => telegram.isPolled());
    const after = api.getUpdates({ timeout: 30 });
    expect(await before).toStartWith("Conflict: terminated by other getUpdates request");
    telegram.say({ from: ann, text: "hello" });
    expect(texts(await after)).toEqual(["hello"]);
  });

  test("a poller that has gone is in nobody's way", async () => {
    const leave = new AbortController();
    const gone = api.getUpdates({ timeout: 30 }, leave.signal as never).catch(() => "gone");
    await telegram.until(() => telegram.isPolled());
    leave.abort();
    expect(await gone).toBe("gone");
    await telegram.until(() => !telegram.isPolled());
    telegram.say({ from: ann, text: "hello" });
    expect(texts(await api.getUpdates())).toEqual(["hello"]);
    expect(telegram.refused()).toEqual([]);
  });

  test("ends when a webhook is set, and is refused from then on", async () => {
    const waiting = descriptionOf(api.getUpdates({ timeout: 30 }));
    await telegram.until(() => telegram.isPolled());
    await api.setWebhook("https://box.example.com/hook");
    expect(await waiting).toBe("Conflict: terminated by setWebhook request");
    expect(await descriptionOf(api.getUpdates())).toStartWith("Conflict: can't use getUpdates method while webhook");
  });

  test("has only the kinds that were asked for; what is queued stays", async () => {
    telegram.say({ from: ann, text: "hello" });
    const sent = await api.sendMessage(ann, "sure?", {
      reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "y" }]] },
    });
    telegram.react({ from: ann, id: sent.message_id, emoji: "👍" });
    telegram.press({ from: ann, id: sent.message_id, label: "Yes" });
    expect(kinds(await api.getUpdates({ allowed_updates: ["message_reaction"] }))).toEqual([
      "message",
      "callback_query",
    ]);
    telegram.react({ from: ann, id: sent.message_id, emoji: "❤" });
    telegram.say({ from: ann, text: "unheard" });
    expect(kinds(await api.getUpdates())).toEqual(["message", "callback_query", "message_reaction"]);
  });

  test("an update that is delivered again is shown once more, past its offset too", async () => {
    telegram.say({ from: ann, text: "hello" });
    const [first] = await api.getUpdates();
    const offset = (first?.update_id ?? 0) + 1;
    expect(await api.getUpdates({ offset })).toEqual([]);
    telegram.again();
    expect(await api.getUpdates({ offset })).toEqual(first ? [first] : []);
    expect(await api.getUpdates({ offset })).toEqual([]);
  });
});

type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

/** A webhook that answers as it is told, and keeps what it was given. */
const startHook = (answer: (update: Update) => Answer | Promise<Answer>) => {
  const seen: { readonly update: Update; readonly secret: string | null; readonly host: string | null }[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const update = (await request.json()) as Update;
      const { headers: given } = request;
      seen.push({ update, secret: given.get("x-telegram-bot-api-secret-token"), host: given.get("host") });
      const { status, headers = {}, body = "" } = await answer(update);
      return new Response(body, { status, headers });
    },
  });
  stops.push(() => server.stop(true));
  return { url: `${server.url.origin}/hook`, seen };
};

const tries = (): readonly unknown[] => telegram.deliveries().map(({ outcome }) => outcome);

describe("webhooks", () => {
  test("get the updates with the secret, and what was waiting before", async () => {
    telegram.say({ from: ann, text: "early" });
    const hook = startHook(() => ({ status: 200 }));
    await api.setWebhook(hook.url, { secret_token: "s3cret_-" });
    telegram.say({ from: ann, text: "late" });
    await telegram.until(() => telegram.pending() === 0);
    expect(hook.seen.map(({ update, secret }) => [update.message?.text, secret])).toEqual([
      ["early", "s3cret_-"],
      ["late", "s3cret_-"],
    ]);
    expect(JSON.stringify(telegram.log())).not.toContain("s3cret");
  });

  test("are tried again at once, then after 2, 4 and 8 seconds, as often as it takes", async () => {
    let refusing = true;
    const hook = startHook(() => ({ status: refusing ? 500 : 200 }));
    await api.setWebhook(hook.url);
    telegram.say({ from: ann, text: "hello" });
    await telegram.until(() => tries().length === 2);
    const { last_error_message: message, pending_update_count: count } = await api.getWebhookInfo();
    expect([message, count]).toEqual(["Wrong response from the webhook: 500", 1]);
    for (const [place, seconds] of [2, 4, 8].entries()) {
      clock.advance(seconds * 1000 - 1);
      expect(tries()).toHaveLength(2 + place);
      clock.advance(1);
      await telegram.until(() => tries().length === 3 + place);
    }
    refusing = false;
    clock.advance(16_000);
    await telegram.until(() => telegram.pending() === 0);
    expect(tries()).toEqual([500, 500, 500, 500, 500, 200]);
  });

  test("may say when to come back", async () => {
    let answer: Answer = { status: 503, headers: { "retry-after": "30" } };
    const hook = startHook(() => answer);
    await api.setWebhook(hook.url);
    telegram.say({ from: ann, text: "hello" });
    await telegram.until(() => tries().length === 1);
    answer = { status: 200 };
    clock.advance(29_999);
    expect(tries()).toEqual([503]);
    clock.advance(1);
    await telegram.until(() => telegram.pending() === 0);
  });

  test("have one update of a chat on its way at a time, and never wait for another chat", async () => {
    const [arrived, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const hook = startHook(async ({ message }) => {
      if (message?.text === "held") {
        arrived.resolve();
        await held.promise;
      }
      return { status: 200 };
    });
    await api.setWebhook(hook.url);
    telegram.say({ from: bob, text: "first" });
    await telegram.until(() => telegram.pending() === 0);
    telegram.say({ from: ann, text: "held" });
    telegram.say({ from: ann, text: "after it" });
    telegram.say({ from: bob, text: "beside it" });
    await telegram.until(() => telegram.deliveries().length === 2);
    await arrived.promise;
    const seen = hook.seen.map(({ update }) => update.message?.text ?? "");
    expect(seen.toSorted()).toEqual(["beside it", "first", "held"]);
    held.resolve();
    await telegram.until(() => telegram.pending() === 0);
    expect(hook.seen.at(-1)?.update.message?.text).toBe("after it");
  });

  test("lose nothing when the bot goes back to polling", async () => {
    const hook = startHook(() => ({ status: 500 }));
    await api.setWebhook(hook.url);
    telegram.say({ from: ann, text: "hello" });
    await telegram.until(() => tries().length === 2);
    await api.deleteWebhook();
    expect(texts(await api.getUpdates())).toEqual(["hello"]);
    expect((await api.getWebhookInfo()).url).toBe("");
  });

  test("drop an update silently when it is too old", async () => {
    const hook = startHook(() => ({ status: 500 }));
    await api.setWebhook(hook.url);
    telegram.say({ from: ann, text: "hello" });
    await telegram.until(() => tries().length === 2);
    await api.deleteWebhook();
    clock.advance(24 * 3_600_000 + 1);
    expect(telegram.pending()).toBe(0);
    expect(telegram.dropped().map(({ message }) => message?.text)).toEqual(["hello"]);
  });

  test("below a public name are delivered to what stands for it, under that name; nothing leaves the machine", async () => {
    const hook = startHook(() => ({ status: 200 }));
    await api.setWebhook("https://box.example.com/hook");
    telegram.say({ from: ann, text: "hello" });
    await telegram.until(() => tries().length === 2);
    expect(tries()).toEqual(["unreachable", "unreachable"]);
    telegram.lead("https://box.example.com", new URL(hook.url).origin);
    clock.advance(2000);
    await telegram.until(() => telegram.pending() === 0);
    expect(hook.seen.map(({ host }) => host)).toEqual(["box.example.com"]);
  });

  test("that answer with a method to call are complained of", async () => {
    const hook = startHook(() => ({ status: 200, body: `{"method":"sendMessage","chat_id":1,"text":"x"}` }));
    await api.setWebhook(hook.url);
    telegram.say({ from: ann, text: "hello" });
    await telegram.until(() => telegram.pending() === 0);
    expect(telegram.violations()).toMatchObject([{ method: "webhook" }]);
  });

  test("need https beyond loopback, a port that is served, and a secret without odd signs", async () => {
    const wrong: (() => Promise<unknown>)[] = [
      () => api.setWebhook("http://box.example.com/hook"),
      () => api.setWebhook("https://box.example.com:9000/hook"),
      () => api.setWebhook("https://box.example.com/hook", { secret_token: "no spaces" }),
      () => api.setWebhook("https://box.example.com/hook", { max_connections: 101 }),
    ];
    for (const call of wrong) expect(await descriptionOf(call())).toStartWith("Bad Request: ");
    expect(telegram.violations()).toHaveLength(4);
    await api.setWebhook("https://box.example.com/hook");
    await api.setWebhook("https://box.example.com/hook");
    const limited = await api.setWebhook("https://box.example.com/other").catch((cause: unknown) => cause);
    expect(limited).toMatchObject({ error_code: 429, parameters: { retry_after: 1 } });
  });
});
