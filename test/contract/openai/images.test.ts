/** Images on their way to the agent: as data URLs, in both APIs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { rmSync } from "node:fs";
import { startApp, tempDir, type TestApp } from "../../support/app.ts";
import { earlierIn, heardBy, openFrontEnd, sdkOn } from "../../support/front-end.ts";
import { readIndependently } from "../../support/independent-reader.ts";
import { type Letta, startLetta } from "../../support/letta.ts";

let letta: Letta;
let box: TestApp;
const dataDir = tempDir();

beforeAll(async () => {
  letta = startLetta();
  box = await startApp({ dataDir, env: { LETTA_BASE_URL: letta.url } });
});

afterAll(async () => {
  await box.stop();
  await letta.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const gif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
const dataUrl = (data: string, mime = "image/png") => `data:${mime};base64,${data}`;
const imagePart = (url: string) => ({ type: "image_url", image_url: { url } }) as const;

/** The parts of the last post that went to Letta. */
const lastParts = async (): Promise<readonly { type: string; source?: unknown }[]> => {
  const rows = await readIndependently<{ messages: string }>(
    dataDir,
    "SELECT messages FROM posts ORDER BY id DESC LIMIT 1",
  );
  const [message] = JSON.parse(rows[0]?.messages ?? "[]") as readonly { content: { type: string }[] }[];
  return message?.content ?? [];
};

const source = (data: string, mime: string) => ({ type: "image", source: { type: "base64", media_type: mime, data } });

const show = (content: OpenAI.ChatCompletionContentPart[], user: string) =>
  sdkOn(box).chat.completions.create({ model: "Demo", messages: [{ role: "user", content }], user });

describe("the completions API", () => {
  test("brings images behind the words, as what they are, whatever the client calls them", async () => {
    const parts = [imagePart(dataUrl(png)), { type: "text", text: "what is it?" } as const];
    await show([...parts, imagePart(dataUrl(gif, "image/jpeg"))], "painter");
    expect((await lastParts()).slice(1)).toEqual([
      { type: "text", text: "what is it?" },
      source(png, "image/png"),
      source(gif, "image/gif"),
    ] as never);
  });

  test("brings an image without words", async () => {
    const { choices } = await show([imagePart(dataUrl(png))], "silent painter");
    expect(choices[0]?.message.content).toStartWith("You sent an image.");
  });

  test("sends an image once; in the history it is what makes the place, or a word", async () => {
    const headers = { "X-OpenWebUI-Chat-Id": "gallery" };
    const page = openFrontEnd(sdkOn(box), { headers }, [{ role: "user", content: [imagePart(dataUrl(png))] }]);
    page.messages.push({ role: "assistant", content: "Nice." });
    await page.say("what did I show?");
    const told = (await heardBy(letta)).at(-1);
    expect(told && earlierIn(told)).toEqual(["user: [image]", "assistant: Nice."]);
    expect(await lastParts()).toHaveLength(2);
    await page.say("sure?");
    const next = (await heardBy(letta)).at(-1);
    expect(next?.conversation).toBe(told?.conversation ?? null);
    expect(next && earlierIn(next)).toEqual([]);
  });

  const wrong: readonly (readonly [what: string, url: string, words: RegExp])[] = [
    ["an address", "https://example.org/cat.png", /images are not fetched/],
    ["an address inside", "http://169.254.169.254/latest/meta-data", /images are not fetched/],
    ["a file", "file:///etc/passwd", /must be a data URL/],
    ["a text", dataUrl(Buffer.from("hello").toString("base64"), "text/plain"), /must be a data URL/],
    ["a picture of another kind", dataUrl(Buffer.from("<svg/>").toString("base64"), "image/svg+xml"), /PNG, JPEG, GIF/],
    ["half a picture", dataUrl(`${png}!!`), /not valid base64/],
    ["too much", dataUrl(`${png.slice(0, 16)}${"A".repeat(7_000_000)}`), /larger than 5 MiB/],
  ];
  for (const [what, url, words] of wrong) {
    test(`refuses ${what}`, async () => {
      const error = await show([imagePart(url)], "forger").catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 400, param: "messages[0].content[0].image_url.url" });
      expect(String(error)).toMatch(words);
    });
  }

  test("refuses an eleventh", async () => {
    const error = await show(
      Array.from({ length: 11 }, () => imagePart(dataUrl(png))),
      "hoarder",
    ).catch(String);
    expect(String(error)).toContain("10 images");
  });
});

describe("the chat API", () => {
  test("brings images, too", async () => {
    const response = await box.chat({ message: "look", images: [dataUrl(png)], chat: "painter" });
    expect(response.status).toBe(200);
    expect((await lastParts()).slice(1)).toEqual([{ type: "text", text: "look" }, source(png, "image/png")] as never);
  });

  test("refuses what is no list of images", async () => {
    for (const images of ["x", [7], ["https://example.org/cat.png"], Array.from({ length: 11 }, () => dataUrl(png))]) {
      const response = await box.chat({ message: "look", images });
      expect(response.status).toBe(400);
      expect(((await response.json()) as { field: string }).field).toStartWith("images");
    }
  });

  test("takes the same request with another image for another body", async () => {
    const body = { message: "look", images: [dataUrl(png)], idempotencyKey: "image-1" };
    expect((await box.chat(body)).status).toBe(200);
    expect((await box.chat({ ...body, images: [dataUrl(gif)] })).status).toBe(409);
    expect((await box.chat(body)).status).toBe(200);
  });
});
