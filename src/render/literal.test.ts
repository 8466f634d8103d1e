import { expect, test } from "bun:test";
import { code, literal } from "./literal.ts";

test("words of others mean nothing in Markdown", () => {
  expect(literal("*bold* _it_ `code` [a](b) <b> ~no~ |x| \\ $m$")).toBe(
    "\\*bold\\* \\_it\\_ \\`code\\` \\[a\\](b) \\<b\\> \\~no\\~ \\|x\\| \\\\ \\$m\\$",
  );
  expect(literal("# title")).toBe("\\# title");
  expect(literal("1. first")).toBe("1\\. first");
  expect(literal("- item\n\n- another")).toBe("\\- item - another");
  expect(literal("AT&amp;T & co")).toBe("AT\\&amp;T & co");
});

test("plain words stay as they are", () => {
  expect(literal("Ada's agent-1 (new), 50%: ünï 👩‍👩‍👧")).toBe("Ada's agent-1 (new), 50%: ünï 👩‍👩‍👧");
});

test("code holds whatever it says", () => {
  expect(code("web_search")).toBe("`web_search`");
  expect(code("a `b` c")).toBe("``a `b` c``");
  expect(code("`b`")).toBe("`` `b` ``");
  expect(code("two\nlines")).toBe("`two lines`");
});
