/** Files that programs have sent to Telegram: each as what it is to a person, its text beside it, once. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { png } from "../support/pictures.ts";
import { startTelegramBox, type TelegramBox } from "../support/telegram-box.ts";

let box: TelegramBox;
let ann: number;

beforeEach(async () => {
  box = await startTelegramBox();
  ann = box.telegram.addPerson({ name: "Ann" });
  box.telegram.say({ from: ann, text: "hello" });
  await box.told(ann, "You said: hello");
  await box.quiet();
});

afterEach(() => box.stop());

const post = async (fields: Readonly<Record<string, string | File>>): Promise<string> => {
  const body = new FormData();
  for (const [name, value] of Object.entries({ channel: "telegram", chatId: String(ann), ...fields })) {
    body.append(name, value);
  }
  const response = await box.app().call("/api/v1/messages", { method: "POST", body });
  expect(response.status).toBe(200);
  return ((await response.json()) as { readonly messageId: string }).messageId;
};

const said = () => box.said(ann).slice(1);
const uploads = () => box.telegram.log().flatMap(({ files }) => files);

test("pictures, sound and documents, by their type or by what the program calls them", async () => {
  const picture = new File([png(4, 4)], "oven.png", { type: "image/png" });
  await post({ text: "The **oven**", file: picture });
  await post({ text: "to keep", file: picture, kind: "file" });
  await post({ file: new File(["sound"], "song.mp3", { type: "audio/mpeg" }) });
  await post({ file: new File(["sound"], "recording"), kind: "audio" });
  await post({ text: "The plan", file: new File(["a,b"], "plan.csv", { type: "text/csv" }) });
  await box.quiet();
  expect(said().map(({ attached, text }) => [attached, text])).toEqual([
    ["photo", "The oven"],
    ["document", "to keep"],
    ["audio", ""],
    ["audio", ""],
    ["document", "The plan"],
  ]);
  expect(uploads().map(({ name }) => name)).toEqual(["oven.png", "oven.png", "song.mp3", "recording", "plan.csv"]);
  expect(box.letta.posts()).toHaveLength(1);
});

test("what is too long for a caption is said in front of the file", async () => {
  await post({ text: "word ".repeat(400), file: new File(["x"], "a.txt", { type: "text/plain" }) });
  await box.quiet();
  expect(said().map(({ attached }) => attached)).toEqual([undefined, "document"]);
});

test("one that waits for Telegram when lettabox stops is sent by the next one, once", async () => {
  box.telegram.fault({ kind: "broken", method: "sendPhoto" });
  const id = await post({ text: "later", file: new File([png(4, 4)], "oven.png", { type: "image/png" }) });
  await box.until(() => box.rows("SELECT 1 FROM outbox WHERE state = 'pending' AND attempts = 1")[0]);
  await box.restart();
  await box.told(ann, "later");
  await box.quiet();
  expect(said().map(({ attached, text }) => [attached, text])).toEqual([["photo", "later"]]);
  const message = await box.app().call(`/api/v1/messages/${id}`);
  expect(await message.json()).toMatchObject({ state: "sent", parts: [{ state: "sent", attempts: 2 }] });
});
