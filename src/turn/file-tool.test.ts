import { expect, test } from "bun:test";
import { expectProportional } from "../../test/support/work.ts";
import { readWish } from "./file-tool.ts";

const wish = (args: unknown, most = 1_000) => readWish(JSON.stringify(args), most);

test("a text becomes a file of the type that its name says", () => {
  expect(wish({ name: "report.csv", content: "a,b\n1,2" })).toEqual({
    name: "report.csv",
    mime: "text/csv",
    bytes: Buffer.from("a,b\n1,2"),
    caption: "",
  });
});

test("so does base64, and a caption goes with it", () => {
  const content = Buffer.from([1, 2, 255]).toString("base64");
  expect(wish({ name: "a.png", content, encoding: "base64", caption: "Look" })).toMatchObject({
    mime: "image/png",
    bytes: Buffer.from([1, 2, 255]),
    caption: "Look",
  });
});

test("what is wrong is told", () => {
  expect(wish({ name: "a.txt", content: "x".repeat(11) }, 10)).toContain("11 bytes");
  expect(wish({ name: "a.txt", content: "héé", encoding: "base64" })).toContain("not base64");
  for (const args of [
    {},
    { name: " ", content: "x" },
    { name: "a" },
    { name: "a", content: "x", encoding: "hex" },
    null,
  ]) {
    expect(typeof wish(args)).toBe("string");
  }
  expect(readWish("nonsense", 10)).toContain("not JSON");
});

test("what is said to be base64 is looked at once, however it is written", () => {
  const encoding = "base64";
  expect(wish({ name: "a", content: "eA\n==\n", encoding })).toMatchObject({ bytes: Buffer.from("x") });
  for (const make of [(length: number) => `${" ".repeat(length)}!`, (length: number) => "=".repeat(length)]) {
    expect(wish({ name: "a", content: make(300_000), encoding })).toContain("not base64");
    expectProportional((length) => wish({ name: "a", content: make(length), encoding }), 300_000);
  }
});
