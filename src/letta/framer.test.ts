import { expect, test } from "bun:test";
import fc from "fast-check";
import { createFramer } from "./framer.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

const limits = { frameBytes: 1000, turnBytes: 100_000 };
const isTooMuch = expect.objectContaining({ code: "letta_too_much" });

const cutAt = (bytes: Uint8Array<ArrayBuffer>, cuts: readonly number[]) => {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.slice(places[index], end));
};

test("however a stream is cut into chunks, whole events come out unchanged and in order", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => `data: ${text.replace(/[\r\n]/g, " ")}x`);
  const frame = fc.tuple(fc.array(line, { minLength: 1, maxLength: 3 }), fc.constantFrom("\n", "\r\n"));
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 30 }), (frames, cuts) => {
      const text = frames.map(([lines, end]) => lines.map((one) => one + end).join("") + end).join("");
      const framer = createFramer(limits);
      const pieces = cutAt(bytesOf(text), cuts).map((piece) => framer.push(piece));
      const whole = pieces.filter((piece) => piece !== undefined).map((piece) => textOf(piece));
      expect(whole.join("")).toBe(text);
      for (const piece of whole) expect(piece).toMatch(/\n\r?\n$/);
    }),
  );
});

test("an event that does not end is held back", () => {
  const framer = createFramer(limits);
  expect(framer.push(bytesOf("data: a\n\ndata: b\n"))?.length).toBe(9);
  expect(framer.push(bytesOf("data: c"))).toBeUndefined();
});

test("an event beyond the limit is refused, in one chunk or in many, with or without line breaks", () => {
  expect(() => createFramer(limits).push(bytesOf("x".repeat(1001)))).toThrow(isTooMuch);
  expect(() => createFramer(limits).push(bytesOf(`data: a\n\n${"x".repeat(1001)}`))).toThrow(isTooMuch);
  expect(() => createFramer(limits).push(bytesOf(`${"x\n".repeat(501)}\n`))).toThrow(isTooMuch);
  const framer = createFramer(limits);
  for (let count = 0; count < 1000; count++) framer.push(bytesOf("x"));
  expect(() => framer.push(bytesOf("x"))).toThrow(isTooMuch);
});

test("an event of exactly the limit passes", () => {
  const text = `data: ${"x".repeat(992)}\n\n`;
  expect(createFramer(limits).push(bytesOf(text))?.length).toBe(1000);
});

test("a stream beyond the limit is refused, even when all its events are small", () => {
  const framer = createFramer(limits);
  const send = () => {
    for (let count = 0; count < 100_000; count++) framer.push(bytesOf("data: x\n\n"));
  };
  expect(send).toThrow(isTooMuch);
});

test("what is held of an endless event costs no more than its limit, however tiny the chunks", () => {
  const framer = createFramer({ frameBytes: 2_000_000, turnBytes: 4_000_000 });
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 1_500_000; count++) framer.push(new Uint8Array([120]));
  Bun.gc(true);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(16_000_000);
  expect(framer.over()).toBe(false);
});

test("the end is seen when the server announces it, and not when a message quotes it", () => {
  for (const end of ["data: [DONE]\n\n", "data: x\n\ndata: [DONE]\n\n", "data: [DONE]\r\n\r\n"]) {
    const framer = createFramer(limits);
    framer.push(bytesOf(end));
    expect(framer.over()).toBe(true);
    expect(framer.push(bytesOf("data: more\n\n"))).toBeUndefined();
  }
  for (const quote of [`data: {"content":"data: [DONE]"}\n\n`, "data: [DONE]\n", `data: "x data: [DONE]\n\n`]) {
    const framer = createFramer(limits);
    framer.push(bytesOf(quote));
    expect(framer.over()).toBe(false);
  }
});

test("the announced end is seen across chunks", () => {
  const framer = createFramer(limits);
  for (const byte of bytesOf("data: x\n\ndata: [DONE]\n\n")) framer.push(new Uint8Array([byte]));
  expect(framer.over()).toBe(true);
});
