import { expect, test } from "bun:test";
import { verify } from "./verify.ts";

const secret = "s3cret-of_this-bot";

const request = (given?: string): Request =>
  new Request("http://box/webhooks/telegram", {
    method: "POST",
    ...(given === undefined ? {} : { headers: { "X-Telegram-Bot-Api-Secret-Token": given } }),
  });

test("a request that knows the secret is Telegram's", () => {
  expect(() => verify(request(secret), secret)).not.toThrow();
});

test("any other is not", () => {
  for (const given of [undefined, "", "s3cret", `${secret}x`, secret.toUpperCase(), "\u00e9"]) {
    expect(() => verify(request(given), secret)).toThrow(expect.objectContaining({ code: "unauthorized" }));
  }
});

test("without a secret nobody is Telegram", () => {
  expect(() => verify(request(""), "")).toThrow(expect.objectContaining({ code: "unauthorized" }));
});
