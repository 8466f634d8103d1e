import { expect, test } from "bun:test";
import { saidIn, textsOf } from "./said.ts";

const text = (words: string) => ({ type: "text", text: words });
const user = (...content: { type: string; text?: string }[]) => ({ role: "user", content });

test("what a person said is the text of user messages, one each", () => {
  const messages = [
    { role: "system", content: "be nice" },
    { role: "user", content: "one" },
    user(text("two"), text("three")),
  ];
  expect(saidIn(messages)).toEqual({ texts: ["one", "two\nthree"], images: 0 });
});

test("the first part that is an envelope is no words of a person, unless it stands alone", () => {
  expect(saidIn([user(text("<lettabox from=x/>"), text("hi"))]).texts).toEqual(["hi"]);
  expect(saidIn([user(text("hi"), text("<lettabox 1>"), text("<lettabox 2>"))]).texts).toEqual(["hi\n<lettabox 2>"]);
  expect(saidIn([user(text("<lettabox alone>"))]).texts).toEqual(["<lettabox alone>"]);
  expect(saidIn([{ role: "user", content: "<lettabox string>" }]).texts).toEqual(["<lettabox string>"]);
});

test("images are counted and have no text", () => {
  const content = [text("<lettabox/>"), { type: "image" }];
  expect(saidIn([{ role: "user", content }])).toEqual({ texts: [], images: 1 });
  expect(textsOf(content)).toEqual(["<lettabox/>"]);
});
