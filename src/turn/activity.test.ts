import { expect, test } from "bun:test";
import fc from "fast-check";
import { createActivity, describeCall } from "./activity.ts";

test("well-known tools are told in words, others by their name", () => {
  expect(describeCall("run_code", '{"code":"rm -rf"}')).toBe("Running code");
  expect(describeCall("core_memory_append", "")).toBe("Updating its memory");
  expect(describeCall("get_time", '{"secret":"x"}')).toBe("Using get time");
  expect(describeCall("constructor", "")).toBe("Using constructor");
});

test("a search says what for, once its arguments are whole", () => {
  expect(describeCall("web_search", '{"query":"weather in Mun')).toBe("Searching the web");
  expect(describeCall("web_search", '{"query":"weather in Munich"}')).toBe("Searching the web: weather in Munich");
  expect(describeCall("grep_files", '{"pattern":"roses"}')).toBe("Searching files: roses");
  expect(describeCall("web_search", '{"query":7}')).toBe("Searching the web");
  expect(describeCall("web_search", "null")).toBe("Searching the web");
});

test("whatever a model writes, it is one short line without markup", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, query) => {
      for (const line of [describeCall(name, ""), describeCall("web_search", JSON.stringify({ query }))]) {
        expect(line.length).toBeLessThan(90);
        expect(line).not.toMatch(/[\n\r`*_~[\]<>|@#]/);
        expect(line.isWellFormed()).toBe(true);
      }
    }),
  );
});

test("calls that come in pieces are put together, each by itself", () => {
  const push = createActivity();
  const piece = (id: string, name: string, text: string) => push({ type: "tool_call", id, name, arguments: text });
  expect(push({ type: "text", otid: "o", text: "hm" })).toBeUndefined();
  expect(piece("a", "web_search", "")).toBe("Searching the web");
  expect(piece("a", "", '{"query":')).toBe("Searching the web");
  expect(piece("b", "run_code", "{")).toBe("Running code");
  expect(piece("a", "", '"tea"}')).toBe("Searching the web: tea");
});
