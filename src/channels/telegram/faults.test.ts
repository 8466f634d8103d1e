import { describe, expect, test } from "bun:test";
import { faultFromConnection, faultFromRejection, rejectionFrom } from "./faults.ts";

const faultOf = (status: number, description = "", parameters: unknown = undefined) =>
  faultFromRejection(rejectionFrom(status, description, parameters));

describe("what Telegram says no with", () => {
  test("says what becomes of the message", () => {
    const cases: readonly (readonly [number, string, string, string])[] = [
      [400, "Bad Request: chat not found", "send_refused", "fail"],
      [400, "Bad Request: can't parse entities", "send_refused", "fail"],
      [403, "Forbidden: bot was blocked by the user", "send_refused", "fail"],
      [403, "Forbidden: user is deactivated", "send_refused", "fail"],
      [413, "Request Entity Too Large", "send_refused", "fail"],
      [429, "Too Many Requests: retry after 5", "send_limited", "retry"],
      [500, "Internal Server Error: restart", "send_unreachable", "retry"],
      [401, "Unauthorized", "bot_rejected", "retry"],
      [404, "Not Found", "bot_rejected", "retry"],
      [409, "Conflict: terminated by other getUpdates request", "bot_contested", "retry"],
    ];
    for (const [status, description, code, verdict] of cases) {
      expect(faultOf(status, description)).toMatchObject({ code, verdict });
    }
  });

  test("tells how long to wait, in milliseconds", () => {
    expect(faultOf(429, "", { retry_after: 7 }).retryAfterMs).toBe(7_000);
    expect(faultOf(429, "", { retry_after: "soon" }).retryAfterMs).toBeUndefined();
  });

  test("tells the new address of a group that was upgraded", () => {
    const parameters = { migrate_to_chat_id: -1_001_234 };
    expect(faultOf(400, "group chat was upgraded", parameters)).toMatchObject({
      code: "send_moved",
      movedTo: "-1001234",
    });
  });

  test("says why in our words, and repeats none of Telegram's, which may quote the message", () => {
    expect(faultOf(403, "Forbidden: bot was blocked by the user").hint).toBe("The person has blocked the bot.");
    const fault = faultOf(400, "can't parse entities: unexpected tag <my-secret-diary>");
    expect(JSON.stringify([fault.message, fault.hint, fault.cause])).not.toContain("diary");
  });

  test("an edit that changes nothing is told apart", () => {
    expect(rejectionFrom(400, "Bad Request: message is not modified: specified new …", undefined).unchanged).toBe(true);
    expect(rejectionFrom(400, "Bad Request: message to edit not found", undefined).unchanged).toBeUndefined();
  });
});

describe("a request without an answer", () => {
  test("did nothing when no connection came about", () => {
    for (const code of ["ConnectionRefused", "ENOTFOUND", "FailedToOpenSocket", "CERT_HAS_EXPIRED"]) {
      expect(faultFromConnection(Object.assign(new Error("x"), { code }))).toMatchObject({ code: "send_unreachable" });
    }
  });

  test("may have done something otherwise", () => {
    for (const error of [
      Object.assign(new Error("x"), { code: "ECONNRESET" }),
      new DOMException("x", "TimeoutError"),
      new SyntaxError("no JSON"),
      undefined,
    ]) {
      expect(faultFromConnection(error)).toMatchObject({ code: "send_lost", verdict: "uncertain" });
    }
  });

  test("keeps nothing of the error, which quotes the address and with it the token", () => {
    const error = Object.assign(new Error("GET https://x/bot1:TOKEN"), {
      code: "ECONNRESET",
      path: "https://x/bot1:TOKEN",
    });
    expect(Bun.inspect(faultFromConnection(error))).not.toContain("TOKEN");
  });
});
