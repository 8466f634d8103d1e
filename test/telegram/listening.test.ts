/** How updates come in: by polling or by webhook, whichever there is, without losing one on the way. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Fault } from "../../src/errors.ts";
import type { Inbound } from "../../src/message.ts";
import { createHandClock } from "../support/telegram/clock.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { failure, type Heard, listen, logged, type Opened, open, type Options, webhookSecret } from "./stand.ts";

let telegram: Telegram;
let ann: number;
const stops: (() => unknown)[] = [];

beforeEach(() => {
  telegram = startTelegram({ hurry: 1_000 });
  ann = telegram.addPerson({ name: "Ann" });
});

afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
  expect(telegram.violations()).toEqual([]);
  await telegram.stop();
  for (const hidden of [telegram.bot().token, webhookSecret, "another-secret-of-this-bot"]) {
    expect(logged.join("")).not.toContain(hidden);
  }
});

const texts = ({ events }: Pick<Heard, "events">): readonly string[] => events.map(({ text }) => text);
const codes = ({ lines }: Opened): readonly unknown[] =>
  lines.map((line) => {
    const { event, code, status } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return [event, code ?? status].filter(Boolean).join(" ");
  });
const called = (method: string) => telegram.log().filter((one) => one.method === method);

const start = async (opened: Opened, options: Parameters<typeof listen>[1] = {}): Promise<Heard> => {
  const heard = await listen(opened.channel, options);
  stops.push(heard.stop);
  return heard;
};

describe("polling", () => {
  test("hears what is said, and tells the platform so only when it is kept", async () => {
    const opened = open(telegram);
    let isDiskFull = true;
    const heard = await start(opened, {
      accept: () => (isDiskFull ? Promise.reject(new Fault("storage_full")) : Promise.resolve()),
    });
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => called("getUpdates").length >= 2);
    expect(telegram.pending()).toBe(1);
    expect(heard.events).toEqual([]);
    isDiskFull = false;
    await telegram.until(() => telegram.pending() === 0);
    expect(texts(heard)).toEqual(["one"]);
    expect(codes(opened)).toContain("telegram.poll-failed storage_full");
  });

  test("goes on behind the last update that was kept", async () => {
    const first = await listen(open(telegram).channel);
    for (const text of ["one", "two"]) telegram.say({ from: ann, text });
    await telegram.until(() => telegram.pending() === 0);
    await first.stop();
    telegram.say({ from: ann, text: "three" });
    const cursor = first.cursors.at(-1);
    const second = await start(open(telegram), cursor === undefined ? {} : { cursor });
    await telegram.until(() => telegram.pending() === 0);
    expect([...texts(first), ...texts(second)]).toEqual(["one", "two", "three"]);
  });

  test("gets what was shown before and never confirmed once more", async () => {
    const never = listen(open(telegram).channel, { accept: () => new Promise(() => undefined) });
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.deliveries().length === 1);
    void never;
    const heard = await start(open(telegram));
    await telegram.until(() => telegram.pending() === 0);
    expect(texts(heard)).toEqual(["one"]);
    expect(heard.events[0]?.keys[0]).toBe(`update:${telegram.deliveries()[0]?.updateId}`);
  });

  test("asks for all that it reads, and for nothing else", async () => {
    await start(open(telegram));
    await telegram.until(() => called("getUpdates").length > 0);
    expect(called("getUpdates")[0]?.args["allowed_updates"]).toEqual([
      "message",
      "edited_message",
      "callback_query",
      "my_chat_member",
      "message_reaction",
      "stopped_message_generation",
    ]);
  });

  test("removes a webhook that an earlier start has set, and gets what waits for it", async () => {
    const { channel } = open(telegram, { webhookUrl: "http://127.0.0.1:1/webhooks/telegram" });
    await channel.install?.(AbortSignal.timeout(5_000));
    telegram.say({ from: ann, text: "one" });
    const heard = await start(open(telegram));
    await telegram.until(() => telegram.pending() === 0);
    expect(telegram.webhook()).toBeUndefined();
    expect(texts(heard)).toEqual(["one"]);
  });

  test("removes a webhook that somebody sets while it polls", async () => {
    const heard = await start(open(telegram));
    await telegram.until(() => telegram.isPolled());
    const { channel } = open(telegram, { webhookUrl: "http://127.0.0.1:1/webhooks/telegram" });
    await channel.install?.(AbortSignal.timeout(5_000));
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.webhook() === undefined && telegram.pending() === 0);
    expect(texts(heard)).toEqual(["one"]);
  });

  test("fetches also from a server that cannot be asked about its webhook", async () => {
    telegram.fault({ kind: "absent", method: "getWebhookInfo", times: "always" });
    const { channel } = open(telegram);
    const heard = await start({ channel, lines: [] });
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.pending() === 0);
    expect(texts(heard)).toEqual(["one"]);
    expect(called("deleteWebhook")).toHaveLength(1);
  });

  test("does not ask without end where a question is answered at once with nothing", async () => {
    // When it asks, not when somebody hears of it; the first pause begins behind the last call before.
    let before = 0;
    const asked: number[] = [];
    const empty = ((url: string) => {
      const asks = url.endsWith("/getUpdates");
      if (asks) asked.push(performance.now());
      else before = performance.now();
      return Promise.resolve(Response.json({ ok: true, result: asks ? [] : { url: "" } }));
    }) as typeof fetch;
    await start(open(telegram, { fetch: empty }));
    while (asked.length < 4) await Bun.sleep(5);
    const [, , , fourth = 0] = asked;
    expect(fourth - before).toBeGreaterThanOrEqual(250);
  });

  test("says so when two programs use the same token", async () => {
    const opened = open(telegram);
    await start(opened);
    await telegram.until(() => telegram.isPolled());
    const other = open(telegram);
    await start(other);
    await telegram.until(() => [...codes(opened), ...codes(other)].includes("telegram.poll-failed bot_contested"));
    expect([...opened.lines, ...other.lines].join("")).toContain("Stop the other program");
  });

  test("waits as the platform says, and goes on after what breaks", async () => {
    const opened = open(telegram);
    telegram.fault({ kind: "cut", method: "getUpdates" });
    const heard = await start(opened);
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.pending() === 0);
    expect(texts(heard)).toEqual(["one"]);
    expect(codes(opened)).toContain("telegram.poll-failed send_lost");
  });

  test("ends at once when it is told to", async () => {
    const heard = await listen(open(telegram).channel);
    await telegram.until(() => telegram.isPolled());
    await heard.stop();
    expect(heard.events).toEqual([]);
  });
});

/** A webhook's door: what `/webhooks/:bot` does, with a disk that may be full. */
const openDoor = (options: Options = {}) => {
  const events: Inbound[] = [];
  const state = { isDiskFull: false };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      try {
        const received = await opened.channel.receive?.(request);
        if (state.isDiskFull) throw new Fault("storage_full");
        events.push(...(received?.events ?? []));
        return received?.response ?? new Response(null, { status: 404 });
      } catch (error) {
        return new Response(null, { status: error instanceof Fault ? error.status : 500 });
      }
    },
  });
  stops.push(() => server.stop(true));
  const webhookUrl = `${server.url.origin}/webhooks/telegram`;
  const opened = open(telegram, { webhookUrl, ...options });
  return { opened, events, state, webhookUrl };
};

describe("the webhook", () => {
  test("is told to the platform with its secret, once", async () => {
    const { opened, webhookUrl, events } = openDoor();
    await start(opened);
    expect(telegram.webhook()).toMatchObject({ url: webhookUrl, hasSecret: true, connections: 40 });
    await opened.channel.install?.(AbortSignal.timeout(5_000));
    expect(called("setWebhook")).toHaveLength(1);
    expect(called("getUpdates")).toEqual([]);
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.pending() === 0);
    expect(texts({ events })).toEqual(["one"]);
  });

  test("gets what could not be kept once more", async () => {
    const { opened, events, state } = openDoor();
    await start(opened);
    state.isDiskFull = true;
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.deliveries().some(({ outcome }) => outcome === 503));
    expect(events).toEqual([]);
    state.isDiskFull = false;
    await telegram.until(() => telegram.pending() === 0);
    expect(texts({ events })).toEqual(["one"]);
  });

  test("takes over from polling, and gets what was not fetched", async () => {
    const poller = await listen(open(telegram).channel);
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.pending() === 0);
    await poller.stop();
    telegram.say({ from: ann, text: "two" });
    const { opened, events } = openDoor();
    await start(opened);
    await telegram.until(() => telegram.pending() === 0);
    expect([...texts(poller), ...texts({ events })]).toEqual(["one", "two"]);
  });

  test("is told again when the platform limits how often, and knows another secret from then on", async () => {
    await telegram.stop();
    const clock = createHandClock();
    telegram = startTelegram({ clock });
    ann = telegram.addPerson({ name: "Ann" });
    const { opened, events, webhookUrl } = openDoor({ webhookSecret: "another-secret-of-this-bot" });
    await open(telegram, { webhookUrl }).channel.install?.(AbortSignal.timeout(5_000));
    expect(await failure(start(opened))).toMatchObject({ code: "send_limited" });
    expect(called("deleteWebhook")).toEqual([]);
    clock.advance(1_000);
    await start(opened);
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.pending() === 0);
    expect(texts({ events })).toEqual(["one"]);
    expect(telegram.deliveries().map(({ outcome }) => outcome)).toEqual([200]);
  });

  test("that the platform does not take is no loss: the bot polls", async () => {
    telegram.fault({
      kind: "refuse",
      method: "setWebhook",
      code: 400,
      description: "Bad Request: bad webhook: IP address is reserved",
    });
    const opened = open(telegram, { webhookUrl: "https://box.internal.example/webhooks/telegram" });
    const heard = await start(opened);
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.pending() === 0);
    expect(texts(heard)).toEqual(["one"]);
    expect(codes(opened)).toContain("telegram.webhook-refused send_refused");
  });

  test("is for https; what is plain http polls, unless both are on this machine", async () => {
    const opened = open(telegram, { webhookUrl: "http://box.example/webhooks/telegram" });
    await start(opened);
    await telegram.until(() => telegram.isPolled());
    expect(called("setWebhook")).toEqual([]);
  });

  test("refuses what does not prove itself, before it reads it", async () => {
    const { opened } = openDoor();
    const body = JSON.stringify({ update_id: 1 });
    for (const secret of [undefined, "", `${webhookSecret}x`]) {
      const headers = secret === undefined ? {} : { "x-telegram-bot-api-secret-token": secret };
      const request = new Request("http://box/", { method: "POST", body, headers });
      expect(await failure(opened.channel.receive?.(request))).toMatchObject({ code: "unauthorized" });
      expect(request.bodyUsed).toBe(false);
    }
  });

  test("says what is wrong with a body that is no update", async () => {
    const { opened } = openDoor();
    for (const body of ["", "{", "[]", '{"message":{}}', '{"update_id":"1"}']) {
      const headers = { "x-telegram-bot-api-secret-token": webhookSecret };
      const request = new Request("http://box/", { method: "POST", body, headers });
      expect(await failure(opened.channel.receive?.(request))).toMatchObject({ code: "bad_request" });
    }
  });

  test("takes nothing while it is not known who the bot is, and then all of it", async () => {
    telegram.fault({ kind: "broken", method: "getMe", times: 2 });
    const { opened, events } = openDoor();
    await start(opened);
    telegram.say({ from: ann, text: "one" });
    await telegram.until(() => telegram.pending() === 0);
    expect(texts({ events })).toEqual(["one"]);
    expect(telegram.deliveries().map(({ outcome }) => outcome)).toEqual([503, 503, 200]);
  });
});
