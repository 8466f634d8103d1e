/**
 * The channel against a double that others made (`telegram-test-api`). It knows the ten methods that bots had years ago,
 * no drafts, no rich messages, no menus; what it does not know is answered as an old server of the Bot API does.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import TelegramServer from "telegram-test-api";
import { freePort, ownAddress } from "../support/address.ts";
import { startApp, type TestApp, tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { filesWith } from "../support/files-with.ts";
import { startWatchedLetta, type WatchedLetta } from "../support/watched-letta.ts";

const token = "666:AA-token-of-a-bot-that-others_made";
const known = ["getMe", "getUpdates", "deleteWebhook", "sendMessage", "editMessageText", "deleteMessage"];

type Client = ReturnType<TelegramServer["getClient"]>;

let server: TelegramServer;
let front: ReturnType<typeof Bun.serve>;
let letta: WatchedLetta;
let app: TestApp;
let dataDir: string;
const asked: string[] = [];

beforeEach(async () => {
  const port = freePort();
  server = new TelegramServer({ port, host: ownAddress, storage: "RAM", storeTimeout: 600 });
  await server.start();
  front = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const method = pathname.split("/").at(-1) ?? "";
      asked.push(method);
      if (![...known, "answerCallbackQuery"].includes(method)) {
        return Response.json({ ok: false, error_code: 404, description: "Not Found" }, { status: 404 });
      }
      const { headers } = request;
      return fetch(`${server.config.apiURL}${pathname}`, {
        method: request.method,
        headers,
        body: request.body === null ? null : await request.text(),
      });
    },
  });
  letta = startWatchedLetta();
  dataDir = tempDir();
  writeFileSync(join(dataDir, "lettabox.yaml"), "bots: {}\n");
  app = await startApp({
    dataDir,
    env: { LETTA_BASE_URL: letta.url, TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: front.url.origin },
  });
});

afterEach(async () => {
  await app.stop();
  await front.stop(true);
  await server.stop();
  await letta.stop();
  expect(app.log()).not.toContain(token);
  expect(letta.posts().join()).not.toContain(token);
  expect(filesWith(dataDir, token)).toEqual([]);
  rmSync(dataDir, { recursive: true, force: true });
});

const clientOf = (id: number, firstName: string): Client =>
  server.getClient(token, { userId: id, chatId: id, firstName, userName: firstName.toLowerCase() });

const say = (client: Client, text: string) => client.sendMessage(client.makeMessage(text));

type Standing = { readonly messageId: number; readonly text: string; readonly choices: readonly string[] };

/** What the bot has said to somebody, as it stands now. */
const standing = (chat: number): readonly Standing[] =>
  server.storage.botMessages
    .filter(({ message }) => Number(message.chat_id) === chat)
    .map(({ messageId, message }) => {
      const markup = message.reply_markup as unknown as
        { readonly inline_keyboard?: readonly (readonly { readonly callback_data: string }[])[] } | undefined;
      return {
        messageId,
        text: message.text,
        choices: (markup?.inline_keyboard ?? []).flat().map(({ callback_data: data }) => data),
      };
    });

const told = (chat: number, words: string): Promise<Standing> =>
  until(() => standing(chat).find(({ text }) => text.includes(words)));

test("from the claim link to an agent's answers, a stranger let in by a press, and answers that grow", async () => {
  const [ann, bob] = [clientOf(1, "Ann"), clientOf(2, "Bob")];
  const [claim] = await app.app.claims();
  expect(claim?.link).toStartWith("https://t.me/TestNameBot?start=");
  await say(ann, `/start ${claim?.code}`);
  await told(1, "You run this bot now");
  await say(ann, "**hello**");
  // Without rich messages it is text with entities.
  await told(1, "You said: hello");

  const before = letta.asked().length;
  await say(bob, "let me in");
  const { text } = await told(2, "Your code is");
  expect(text).toMatch(/[A-HJ-NP-Z2-9]{8}/);
  const notice = await told(1, "wants to talk to me");
  expect(letta.asked()).toHaveLength(before);
  const press = ann.makeCallbackQuery(notice.choices[0] ?? "", { message: { message_id: notice.messageId } });
  await ann.sendCallback(press as Parameters<Client["sendCallback"]>[0]);
  await told(2, "You are let in");
  expect((await told(1, "is let in")).messageId).toBe(notice.messageId);

  await say(bob, "demo slow 150 that was it");
  const shown = await told(2, "one two");
  expect((await told(2, "that was it")).messageId).toBe(shown.messageId);
  expect(standing(2)).toHaveLength(3);
  expect(asked).toContain("sendRichMessage");
  expect(asked).toContain("sendMessageDraft");
  expect(asked).toContain("sendChatAction");
});
