import { expect, test } from "bun:test";
import fc from "fast-check";
import { kindOf, numberOf, tidyName, typeOf } from "./file-facts.ts";

test("a name is the last part of what was given, and leads nowhere", () => {
  expect(tidyName("../../etc/passwd")).toBe("passwd");
  expect(tidyName("C:\\temp\\a?.txt")).toBe("a.txt");
  expect(tidyName("..")).toBe("file");
  expect(tidyName(".env")).toBe("env");
  expect(tidyName(`${"x".repeat(300)}.csv`)).toEndWith("x.csv");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const tidy = tidyName(name);
      expect(tidy).not.toMatch(/[/\\\0\n]|^\.|^$/);
      expect(tidy.length).toBeLessThanOrEqual(120);
      expect(tidy.isWellFormed()).toBe(true);
    }),
  );
});

test("a type is what was said, if that is a type and says anything, else what the name's ending says", () => {
  expect(typeOf("a.csv")).toBe("text/csv");
  expect(typeOf("a.csv", "Text/Plain; charset=utf-8")).toBe("text/plain");
  for (const said of ["", "application/octet-stream", "csv", "text/", "text/c\r\nx-evil: 1", "te xt/csv"]) {
    expect(typeOf("a.csv", said)).toBe("text/csv");
  }
  expect(typeOf("a")).toBe("application/octet-stream");
});

test("a kind is what people see or hear; a drawing in words is a document", () => {
  const kinds = ["image/png", "audio/ogg", "video/mp4", "image/svg+xml", "text/csv", "nonsense"].map(kindOf);
  expect(kinds).toEqual(["image", "audio", "video", "document", "document", "document"]);
});

test("a number is the same for the same file, and a name of its own for any other", () => {
  expect(numberOf("turn_1", "a")).toBe(numberOf("turn_1", "a"));
  const numbers = [numberOf("turn_1", "a"), numberOf("turn_1", "b"), numberOf("turn_2", "a"), numberOf("msg_1", "a")];
  expect(new Set(numbers).size).toBe(4);
  for (const number of numbers) expect(String(number)).toMatch(/^[1-9]\d{0,15}$/);
});
