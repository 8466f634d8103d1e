import { expect, test } from "bun:test";
import fc from "fast-check";
import { isText, readText } from "./documents.ts";

test("text is known by its type, or by its name where the type says nothing", () => {
  for (const mime of ["text/plain", "text/csv", "application/json", "application/ld+json", "image/svg+xml"]) {
    expect(isText({ mime })).toBe(true);
  }
  expect(isText({ name: "notes.md" })).toBe(true);
  expect(isText({ name: "main.rs", mime: "application/octet-stream" })).toBe(true);
  expect(isText({ name: "app.ts", mime: "video/mp2t" })).toBe(true);
  for (const file of [{ mime: "application/pdf" }, { name: "a.zip" }, {}, { name: "photo.txt", mime: "image/png" }]) {
    expect(isText(file)).toBe(false);
  }
});

test("UTF-8 is read, with and without its mark, and line ends are ours", () => {
  expect(readText(Buffer.from("\ufeffgrüße\r\n"), false)).toBe("grüße\n");
});

test("what is no UTF-8, or holds what no text does, is not read", () => {
  for (const bytes of [[0xff, 0xfe, 0x41, 0], [0x41, 0], [0xc3]]) {
    expect(readText(Uint8Array.from(bytes), false)).toBeUndefined();
  }
});

test("a text that was cut anywhere is read up to its last whole character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(200), (text, at) => {
      const bytes = Buffer.from(text.replaceAll("\0", "").replaceAll("\r", ""));
      const whole = new TextDecoder().decode(bytes);
      const read = readText(bytes.subarray(0, at), true);
      expect(read).toBeDefined();
      expect(whole.startsWith(read ?? "?")).toBe(true);
      expect(bytes.subarray(0, at).length - Buffer.byteLength(read ?? "")).toBeLessThan(4);
    }),
  );
});
