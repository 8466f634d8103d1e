import { expect, test } from "bun:test";
import { gif, png } from "../../test/support/pictures.ts";
import { fitPicture, sniffPicture } from "./pictures.ts";

const shown = async (bytes: Uint8Array): Promise<{ mime: string; bytes: Buffer; width: number; height: number }> => {
  const picture = await fitPicture(bytes);
  if (typeof picture === "string") throw new Error(picture);
  const data = Buffer.from(picture.data, "base64");
  const { width, height } = await new Bun.Image(data).metadata();
  return { mime: picture.mime, bytes: data, width, height };
};

test("a small picture is shown as it is", async () => {
  const small = png(20, 10);
  expect(await shown(small)).toMatchObject({ mime: "image/png", bytes: Buffer.from(small) });
});

test("a large one is made as small as models look at, and keeps its shape", async () => {
  expect(await shown(png(3_136, 1_568))).toMatchObject({ mime: "image/webp", width: 1_568, height: 784 });
  const photo = await new Bun.Image(png(2_000, 2_500)).jpeg().bytes();
  expect(await shown(photo)).toMatchObject({ mime: "image/jpeg", height: 1_568 });
});

test("one that is heavy for its size is packed anew", async () => {
  const heavy = png(1_000, 600, true);
  expect(heavy.length).toBeGreaterThan(1024 * 1024);
  const { bytes, width } = await shown(heavy);
  expect(width).toBe(1_000);
  expect(bytes.length).toBeLessThan(heavy.length);
});

test("of a GIF the first picture is shown, as a type that every model takes", async () => {
  expect(await shown(gif)).toMatchObject({ mime: "image/webp", width: 1, height: 1 });
});

test("it is told by its bytes, not by its name", async () => {
  expect(sniffPicture(png(1, 1))).toBe("image/png");
  expect(sniffPicture(Buffer.from("%PDF-1.7"))).toBeUndefined();
  expect(sniffPicture(new Uint8Array())).toBeUndefined();
});

test("what cannot be shown says why", async () => {
  const heic = Buffer.from("0000001866747970686569630000000068656963", "hex");
  for (const bytes of [Buffer.from("hello there, no picture"), heic]) {
    expect(await fitPicture(bytes)).toContain("cannot be opened here");
  }
  const broken = png(3_000, 2_000).slice(0, 300);
  expect(await fitPicture(broken)).toBe("the file is damaged");
  const vast = Buffer.from(png(8, 8));
  vast.writeUInt32BE(60_000, 16);
  vast.writeUInt32BE(60_000, 20);
  expect(await fitPicture(vast)).toContain("too many pixels");
});
