import { expect, test } from "bun:test";
import { normaliseServer } from "./server.ts";

test("the same server is one identity, however its address is written", () => {
  for (const written of [
    "https://api.letta.com",
    "https://API.Letta.com/",
    "https://api.letta.com:443//",
    " https://api.letta.com/v1/ ",
    "https://api.letta.com/?x=1#y",
  ])
    expect(normaliseServer(written)).toBe("https://api.letta.com");
});

test("a path and a port of its own belong to the identity", () => {
  expect(normaliseServer("http://Box.local:8283/letta/")).toBe("http://box.local:8283/letta");
});

test("what is no plain address is refused without repeating it", () => {
  for (const wrong of ["", "api.letta.com", "ftp://api.letta.com", "https://key:secret@api.letta.com"]) {
    expect(() => normaliseServer(wrong)).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(() => normaliseServer(wrong)).not.toThrow(/secret/);
  }
});
