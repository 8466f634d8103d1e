import { expect, test } from "bun:test";
import { parseEvents } from "./events.ts";

test("an event is its data, and its name where it has one", () => {
  expect(parseEvents('data: {"a":1}\n\nevent: error\ndata: {"b":2}\n\n')).toEqual([
    { name: undefined, data: '{"a":1}' },
    { name: "error", data: '{"b":2}' },
  ]);
});

test("line ends, spaces and several lines of data are read as the format says", () => {
  expect(parseEvents("event:a\r\ndata:one\r\ndata:  two\r\n\r\n")).toEqual([{ name: "a", data: "one\n two" }]);
});

test("comments, ids, unknown fields and events without data are nothing", () => {
  expect(parseEvents(": ping\n\nid: 7\nretry: 1\ndata: x\ndatas: y\n\nevent: empty\n\n")).toEqual([
    { name: undefined, data: "x" },
  ]);
});
