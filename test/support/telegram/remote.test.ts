/** The double as a process of its own: driven from here, talked to by a bot, and still there when that is gone. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Api } from "grammy";
import { type Child, startChild } from "../../chaos/child.ts";
import { ownAddress } from "../address.ts";
import { transcript } from "./transcript.ts";
import { connectTelegram, type RemoteTelegram } from "./remote.ts";

let child: Child;
let telegram: RemoteTelegram;
let api: Api;

beforeEach(async () => {
  const argv = [process.execPath, join(import.meta.dir, "serve.ts"), "--hurry", "100", "--seed", "7"];
  child = startChild({ argv, cwd: import.meta.dir, env: {}, log: "/dev/null" });
  telegram = connectTelegram(await child.ready);
  api = new Api((await telegram.bot()).token, { apiRoot: telegram.url });
});

afterEach(() => child.kill());

test("people act and the judge sees over HTTP as in the same process", async () => {
  const ann = await telegram.addPerson({ name: "Ann" });
  const { document } = await telegram.document({ from: ann, data: new Uint8Array([0, 255]), name: "raw.bin" });
  const file = await api.getFile(document?.file_id ?? "");
  const { token } = await telegram.bot();
  const bytes = await (await fetch(`${telegram.url}/file/bot${token}/${file.file_path}`)).bytes();
  expect([...bytes]).toEqual([0, 255]);
  await telegram.fault({ kind: "lost", method: "sendMessage" });
  await api.sendMessage(ann, "hi").catch(() => "lost");
  expect(await telegram.messages(ann)).toMatchObject([{ from: "Ann" }, { from: "Box", text: "hi" }]);
  expect(await telegram.violations()).toEqual([]);
  // A person's mistake is an error here, too.
  expect(telegram.say({ from: 5, text: "x" })).rejects.toThrow("no person 5");
});

test("a webhook whose server was gone gets its updates when it is back", async () => {
  const ann = await telegram.addPerson({ name: "Ann" });
  const down = Bun.serve({ port: 0, hostname: ownAddress, fetch: () => new Response() });
  const { port } = down;
  await api.setWebhook(`http://${ownAddress}:${port}/hook`);
  await down.stop(true);
  await telegram.say({ from: ann, text: "hello" });
  await telegram.until(async () => (await telegram.deliveries()).length > 2);
  expect((await telegram.deliveries()).map(({ outcome }) => outcome)).toContain("unreachable");
  const back = Bun.serve({ port: port ?? 0, hostname: ownAddress, fetch: () => new Response() });
  try {
    await telegram.until(async () => (await telegram.pending()) === 0);
  } finally {
    await back.stop(true);
  }
});

test("a chat is printed as lines", async () => {
  const ann = await telegram.addPerson({ name: "Ann" });
  const said = await telegram.say({ from: ann, text: "hello\nyou" });
  const sent = await api.sendMessage(ann, "sure?", {
    reply_parameters: { message_id: said.message_id },
    reply_markup: {
      inline_keyboard: [
        [
          { text: "Yes", callback_data: "y" },
          { text: "No", callback_data: "n" },
        ],
      ],
    },
  });
  await telegram.react({ from: ann, id: sent.message_id, emoji: "👍" });
  await telegram.sticker({ from: ann });
  await api.sendMessageDraft(ann, 4, "");
  expect(transcript(await telegram.messages(ann)).split("\n")).toEqual([
    "1 Ann: hello",
    "    you",
    "2 Box (to 1): sure?",
    "    [ Yes ] [ No ]",
    "    👍",
    "3 Ann: [sticker]",
    "~ Box (draft): …",
  ]);
});
