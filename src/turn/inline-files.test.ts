import { expect, test } from "bun:test";
import { expectProportional } from "../../test/support/work.ts";
import { takeInlineFiles } from "./inline-files.ts";

const data = Buffer.from("picture").toString("base64");

test("a picture in the words becomes a file, and its words stay", () => {
  const { text, made } = takeInlineFiles(`Here: ![a dot](data:image/png;base64,${data}) and so on.`, 100);
  expect(text).toBe("Here: _a dot_ and so on.");
  expect(made).toEqual([{ name: "a dot.png", mime: "image/png", bytes: Buffer.from("picture") }]);
});

test("one without words is numbered", () => {
  const { text, made } = takeInlineFiles(`![](data:image/jpeg;base64,${data})`, 100);
  expect(text).toBe("");
  expect(made.map(({ name }) => name)).toEqual(["picture-1.jpg"]);
});

test("what is too large or too much says that it could not be sent", () => {
  expect(takeInlineFiles(`![big](data:image/png;base64,${data})`, 3)).toEqual({
    text: "(big: it could not be sent)",
    made: [],
  });
  const many = takeInlineFiles(`![x](data:image/png;base64,${data}) `.repeat(12), 100);
  expect(many.made).toHaveLength(10);
  expect(many.text.match(/could not be sent/g)).toHaveLength(2);
});

test("other pictures and other words are left alone", () => {
  for (const text of ["![a](https://example.org/a.png)", "[a](data:text/plain;base64,aGk=)", "hello"]) {
    expect(takeInlineFiles(text, 100)).toEqual({ text, made: [] });
  }
});

const readBehind = (brackets: number) =>
  takeInlineFiles(`${"![".repeat(brackets)}![a](data:image/png;base64,${data})`, 100);

test("a text full of brackets is read once", () => {
  expect(readBehind(400_000).made).toHaveLength(1);
  expectProportional(readBehind, 400_000);
});
