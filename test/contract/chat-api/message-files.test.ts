/** Files that programs have sent in a chat: on disk with their message before it is answered, sent once, and gone after their time. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Box, startBox } from "../../support/box.ts";
import { readIndependently } from "../../support/independent-reader.ts";
import { png } from "../../support/pictures.ts";
import { head, openRaw } from "../../support/raw.ts";
import { bearer, type MadeToken, makeToken } from "../../support/tokens.ts";

let box: Box;
let sender: MadeToken;

const dot = png(2, 2);
const fileBytes = 5_000;
const limits = { messageChars: 1_000, formBytes: 20_000 };
const stub = { limits: { fileBytes } };

const letIn = async (to: Box): Promise<void> => {
  expect((await to.deliver({ id: `in-${Bun.nanoseconds()}`, chat: "ada", from: "ada", text: "hello" })).status).toBe(
    200,
  );
  await to.until(() => (to.standing("ada").length > 0 ? true : undefined));
};

beforeAll(async () => {
  box = await startBox({ limits, stub });
  sender = await makeToken(box.app(), "alarms", { scope: "send" });
  await letIn(box);
});

afterAll(() => box.stop());

beforeEach(() => box.platform.behave(() => "take"));

type Fields = Readonly<Record<string, string | File | readonly File[]>>;
type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

const post = async (fields: Fields, more: { readonly to?: Box; readonly token?: string } = {}): Promise<Answer> => {
  const { to = box, token = sender.token } = more;
  const body = new FormData();
  for (const [name, value] of Object.entries({ channel: "stub", chatId: "ada", ...fields })) {
    for (const one of [value].flat()) body.append(name, one);
  }
  // Held against the description as well.
  const response = await to.app().call("/api/v1/messages", { method: "POST", headers: { "x-api-key": token }, body });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
};

const text = (words: string, name = "note.txt", type = "text/plain"): File => new File([words], name, { type });
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64");

const sentFile = (name: string) => box.until(() => box.platform.taken().find(({ file }) => file?.name === name)?.file);
const sentFiles = (name: string): number => box.platform.taken().filter(({ file }) => file?.name === name).length;

/** Numbers of the files whose bytes lie there, and of those that have a row. */
const kept = (of = box): readonly string[] => {
  try {
    return readdirSync(join(of.dataDir, "files")).toSorted();
  } catch {
    return [];
  }
};
const known = async (): Promise<readonly string[]> =>
  (await readIndependently<{ id: number }>(box.dataDir, "SELECT id FROM files")).map(({ id }) => String(id)).toSorted();

const ask = (file: File, more: Fields = {}): Promise<Answer> =>
  post({ text: "once", file, idempotencyKey: "file-1", ...more });

const refused = async (fields: Fields, status: number, error: string, field = "file"): Promise<void> => {
  const before = kept();
  const answer = await post(fields);
  expect(answer).toMatchObject({ status, body: { success: false, error, field } });
  expect(kept()).toEqual(before);
};

describe("a file", () => {
  test("reaches the chat with its name, its type and its text, and belongs to the chat's owner", async () => {
    const answer = await post({
      text: "the oven",
      file: new File([dot], "oven.png", { type: "image/png" }),
      kind: "image",
    });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(["success", "messageId", "state"]);
    expect(await sentFile("oven.png")).toEqual({ name: "oven.png", mime: "image/png", bytes: base64(dot) });
    expect(box.standing("ada").map((one) => one.text)).toContain("the oven");
    const rows = await readIndependently(
      box.dataDir,
      "SELECT name, mime, bytes, owner FROM files WHERE name = 'oven.png'",
    );
    expect(rows).toEqual([{ name: "oven.png", mime: "image/png", bytes: dot.length, owner: "person:1" }]);
  });

  test("needs no text, and may stand under any name in the form", async () => {
    const before = box.standing("ada").length;
    expect((await post({ attachment: text("alone", "alone.txt") })).status).toBe(200);
    expect(await sentFile("alone.txt")).toMatchObject({ bytes: base64("alone") });
    expect(box.standing("ada").slice(before)).toHaveLength(1);
  });

  test("is called what no file system or platform stumbles over, and is what its name says where nobody says more", async () => {
    await post({ file: text("x", "../../etc/pass?wd.csv", "application/octet-stream") });
    expect(await sentFile("passwd.csv")).toMatchObject({ mime: "text/csv" });
    await post({ file: text("x", "odd.pdf", "no type") });
    expect(await sentFile("odd.pdf")).toMatchObject({ mime: "application/pdf" });
  });

  test("that was left out in a page's form is none", async () => {
    expect(await post({ text: "no file", file: new File([], "") })).toMatchObject({ status: 200 });
    await box.until(() => box.standing("ada").find((one) => one.text === "no file"));
  });

  test("with an idempotency key is sent once, and another one under the same key is refused", async () => {
    const first = text("one", "once.txt");
    const answers = await Promise.all([ask(first), ask(first), ask(first)]);
    const later = await ask(first);
    expect(new Set([...answers, later].map(({ body }) => body["messageId"])).size).toBe(1);
    await sentFile("once.txt");
    for (const other of [text("two", "once.txt"), text("one", "other.txt")]) {
      expect(await ask(other)).toMatchObject({ status: 409, body: { code: "conflict" } });
    }
    expect(await ask(first, { kind: "image" })).toMatchObject({ status: 409 });
    expect(sentFiles("once.txt")).toBe(1);
    // Whoever came second left nothing behind.
    expect(kept()).toEqual(await known());
  });

  test("is not lost when lettabox is stopped before the platform took it, and is not deleted while it waits", async () => {
    await post({ file: text("gone", "gone.txt") });
    await sentFile("gone.txt");
    box.platform.behave(() => ({ limitMs: 60_000 }));
    const { body } = await post({ text: "later", file: text("waiting", "waiting.txt") });
    const state = async (): Promise<unknown> => {
      const message = await box.app().call(`/api/v1/messages/${String(body["messageId"])}`);
      return ((await message.json()) as Answer["body"])["state"];
    };
    await box.until(async () => ((await state()) === "pending" ? true : undefined));
    // No file outlives its sending now, and all that were sent go.
    await box.restart({ limits: { ...limits, retentionDays: { payloads: 30, files: 0, deadLetters: 90 } } });
    await box.until(() => (kept().length === 1 ? true : undefined));
    await box.restart({ limits, now: () => Date.now() + 120_000 });
    box.platform.behave(() => "take");
    expect(await sentFile("waiting.txt")).toMatchObject({ bytes: base64("waiting") });
    await box.until(async () => ((await state()) === "sent" ? true : undefined));
    expect(sentFiles("waiting.txt")).toBe(1);
    await box.restart({ limits });
  });

  test("stands in no log", async () => {
    await post({ file: text("confidential words", "confidential-name.txt") });
    await sentFile("confidential-name.txt");
    expect(await post({ file: text("x".repeat(fileBytes + 1), "confidential-name.txt") })).toMatchObject({
      status: 413,
    });
    expect(box.app().log()).not.toContain("confidential");
  });
});

test("of forms that come slowly four are read at a time, and the next goes when one is through", async () => {
  const boundary = "edge";
  const line = (words: string): string => `--${boundary}\r\ncontent-disposition: form-data; ${words}\r\n`;
  const rest = [
    `${line('name="channel"')}\r\nstub\r\n`,
    `${line('name="chatId"')}\r\nada\r\n`,
    `${line('name="text"')}\r\nslow\r\n--${boundary}--\r\n`,
  ].join("");
  const slow = async () => {
    const headers = {
      "x-api-key": sender.token,
      "content-type": `multipart/form-data; boundary=${boundary}`,
      expect: "100-continue",
    };
    const connection = await openRaw(box.app().url);
    const length = `content-length: ${Buffer.byteLength(rest)}\r\n\r\n`;
    connection.send(head("POST", "/api/v1/messages", headers), length, rest.slice(0, 20));
    // It comes no earlier than the request is handled: this form is at its place among the others.
    await connection.until(/100 Continue/);
    const end = async (): Promise<string | undefined> => {
      connection.send(rest.slice(20));
      const answered = /^HTTP\/1\.1 ([2-5]\d\d)/m;
      const status = answered.exec(await connection.until(answered))?.[1];
      connection.close();
      return status;
    };
    return { end };
  };
  const four = [await slow(), await slow(), await slow(), await slow()];
  let isThrough = false;
  const next = post({ text: "quick", file: text("1", "quick.txt") }).then((answer) => {
    isThrough = true;
    return answer;
  });
  const json = JSON.stringify({ channel: "stub", chatId: "ada", text: "hello" });
  const headers = { "x-api-key": sender.token, "content-type": "application/json" };
  // What is no form waits for none. So many one after the other take longer than a form that need not wait.
  for (let left = 20; left > 0; left--) {
    const other = await box.app().call("/api/v1/messages", { method: "POST", headers, body: json });
    expect(other.status).toBe(200);
  }
  expect(isThrough).toBe(false);
  expect(await four[0]?.end()).toBe("200");
  expect((await next).status).toBe(200);
  expect(await Promise.all(four.slice(1).map(({ end }) => end()))).toEqual(["200", "200", "200"]);
});

describe("nothing is sent, and nothing is kept", () => {
  test("of a file that is larger than the platform takes", async () => {
    const size = fileBytes + 1;
    const error = `The file has ${size} bytes, and at most ${fileBytes} can be sent here.`;
    await refused({ file: text("x".repeat(size)) }, 413, error);
    expect((await post({ file: text("x".repeat(fileBytes), "largest.txt") })).status).toBe(200);
    await sentFile("largest.txt");
  });

  test("of a form that is larger than a body may be", async () => {
    const before = kept();
    const answer = await post({ text: "much", file: text("x".repeat(limits.formBytes)) });
    expect(answer).toMatchObject({ status: 413, body: { code: "body_too_large" } });
    expect(kept()).toEqual(before);
  });

  test("of what is no file, or not one, or of no kind", async () => {
    await refused({ file: text("", "empty.txt") }, 400, "file must not be empty");
    await refused({ file: [text("1", "1.txt"), text("2", "2.txt")] }, 400, "A message may have one file");
    await refused({ text: "hello", file: "words" }, 400, "file must be a file in a multipart/form-data body");
    await refused({ file: text("x"), kind: "hologram" }, 400, "kind must be image, file or audio", "kind");
  });

  test("without a text and a file, in LettaBot's words", async () => {
    const error = "Either text or file must be provided";
    expect(await post({})).toMatchObject({ status: 400, body: { error } });
    expect(await post({ kind: "image" })).toMatchObject({ status: 400, body: { error } });
    expect(await post({ file: new File([], "") })).toMatchObject({ status: 400, body: { error } });
  });

  test("as JSON, which has no files", async () => {
    const body = JSON.stringify({ chat: "stub:ada", text: "hello", file: base64("x") });
    const headers = { "content-type": "application/json", ...bearer(sender) };
    const answer = await box.app().call("/api/v1/messages", { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ field: "file" });
  });

  test("where nobody has written, or the token may not send", async () => {
    const before = kept();
    expect(await post({ chatId: "eve", file: text("x") })).toMatchObject({
      status: 404,
      body: { error: "Chat not found" },
    });
    const reader = await makeToken(box.app(), "readers", { scope: "read" });
    expect(await post({ file: text("x") }, { token: reader.token })).toMatchObject({ status: 403 });
    expect(kept()).toEqual(before);
  });

  test("where a platform takes no files", async () => {
    const bare = await startBox({ stub: { limits: { fileBytes: 0 } } });
    try {
      const { token } = await makeToken(bare.app(), "alarms", { scope: "send" });
      await letIn(bare);
      const answer = await post({ text: "hello", file: text("x") }, { to: bare, token });
      expect(answer).toMatchObject({ status: 400, body: { error: "No files can be sent here", field: "file" } });
      expect(kept(bare)).toEqual([]);
      expect(bare.standing("ada").map((one) => one.text)).not.toContain("hello");
    } finally {
      await bare.stop();
    }
  });

  test("where the bytes cannot be stored: the next try finds room", async () => {
    const shut = await startBox();
    try {
      const { token } = await makeToken(shut.app(), "alarms", { scope: "send" });
      await letIn(shut);
      const inTheWay = join(shut.dataDir, "files");
      writeFileSync(inTheWay, "no folder");
      const again = () =>
        post({ text: "hello", file: text("x", "room.txt"), idempotencyKey: "room" }, { to: shut, token });
      expect(await again()).toMatchObject({ status: 500, body: { code: "internal" } });
      rmSync(inTheWay);
      expect(await again()).toMatchObject({ status: 200 });
      await shut.until(() => shut.platform.taken().find(({ file }) => file?.name === "room.txt"));
    } finally {
      await shut.stop();
    }
  });
});
