import { describe, expect, test } from "bun:test";
import type { FaultCode } from "../errors.ts";
import { faultFromRejection, type Purpose } from "./rejection.ts";

const reject = (status: number, body?: unknown, purpose: Purpose = "message", headers: Record<string, string> = {}) =>
  faultFromRejection({ status, body, headers: new Headers(headers) }, purpose);

const llm = (type: string) => ({ error: { type, message: "words of the provider", detail: "inner" } });

const busy = "CONFLICT: Cannot send a new message: Another request (run_id=run-x1) is currently being processed.";
const pending = {
  detail: {
    code: "PENDING_APPROVAL",
    message: "CONFLICT: The agent is waiting for approval.",
    pending_request_id: "message-1",
  },
};

test.each<[string, number, unknown, FaultCode]>([
  ["a key that is not accepted", 401, { detail: "Unauthorized" }, "letta_rejected"],
  ["a key of the provider that is not accepted", 401, llm("llm_authentication"), "provider_failed"],
  ["no credits", 402, { detail: "PAYMENT_REQUIRED" }, "letta_unpaid"],
  ["no credits at the provider", 402, llm("llm_insufficient_credits"), "provider_failed"],
  ["something the plan does not hold", 403, { error: "only available for pro or enterprise" }, "letta_refused"],
  ["a request that makes no sense", 400, { detail: "INVALID_ARGUMENT" }, "letta_refused"],
  ["a request of the wrong shape", 422, { detail: "…" }, "letta_refused"],
  ["a request that is too large", 413, undefined, "letta_refused"],
  ["another request at work", 409, { detail: busy, run_id: "run-x1" }, "letta_busy"],
  ["a race in the database", 409, { detail: "CONFLICT: optimistic lock" }, "letta_busy"],
  ["a call that waits for approval", 409, pending, "letta_awaiting_approval"],
  ["too many requests", 429, undefined, "letta_rate_limited"],
  [
    "too many requests of the plan",
    429,
    { error: "Rate limited", reasons: ["premium-usage-exceeded"] },
    "letta_unpaid",
  ],
  ["another reason for the limit", 429, { reasons: ["too-fast"] }, "letta_rate_limited"],
  ["too many agents for the plan", 429, { reasons: ["agents-limit-exceeded"] }, "letta_refused"],
  [
    "a server without Redis",
    503,
    { detail: "INTERNAL_SERVER_ERROR: Background streaming requires Redis to be running." },
    "letta_no_background",
  ],
  ["a server without capacity", 503, "<html>", "letta_overloaded"],
])("%s (%i)", (_, status, body, code) => {
  expect(reject(status, body).code).toBe(code);
});

describe("a proxy's or a server's own failure", () => {
  const statuses = [408, 499, 500, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529];

  test.each(statuses)("%i says nothing about whether a message was taken", (status) => {
    expect(reject(status, undefined, "message")).toMatchObject({ code: "letta_cut", verdict: "uncertain" });
    expect(reject(status, undefined, "change")).toMatchObject({ code: "letta_cut" });
  });

  test.each(statuses)("%i is a reason to read again", (status) => {
    expect(reject(status, undefined, "read")).toMatchObject({ code: "letta_overloaded", verdict: "retry" });
  });
});

test("the run that keeps a conversation busy is named, from the field or from the words", () => {
  expect(reject(409, { detail: busy, run_id: "run-y2" }).runId).toBe("run-y2");
  expect(reject(409, { detail: busy }).runId).toBe("run-x1");
  expect(reject(409, { detail: "busy" }).runId).toBeUndefined();
});

test("a conflict of another request is final unless the server asks to wait", () => {
  expect(reject(409, { detail: "exists" }, "change").code).toBe("letta_refused");
  expect(reject(409, { detail: "deadlock" }, "change", { "retry-after": "1" })).toMatchObject({
    code: "letta_busy",
    retryAfterMs: 1000,
  });
});

describe("how long to wait", () => {
  const date = "Sun, 22 Nov 2026 03:28:15 GMT";
  test.each<[string, Record<string, string>, number | undefined]>([
    ["nothing is said", {}, undefined],
    ["seconds", { "retry-after": "12" }, 12_000],
    ["parts of a second", { "retry-after": "0.5" }, 500],
    ["milliseconds go first", { "retry-after-ms": "250", "retry-after": "12" }, 250],
    ["a date counts from the server's clock", { date, "retry-after": "Sun, 22 Nov 2026 03:28:45 GMT" }, 30_000],
    ["a date that has passed", { date, "retry-after": "Sun, 22 Nov 2026 03:00:00 GMT" }, 0],
    ["at most an hour", { "retry-after": "99999999" }, 3_600_000],
    ["nonsense", { "retry-after": "soon" }, undefined],
  ])("%s", (_, headers, ms) => {
    expect(reject(429, undefined, "message", headers).retryAfterMs).toBe(ms);
    expect(reject(503, undefined, "message", headers).retryAfterMs).toBe(ms);
  });
});

test("what the server or the provider says is never repeated", () => {
  const canary = "canary-7f3";
  const bodies = [
    { detail: canary, message: canary },
    { detail: { code: canary, message: canary } },
    { error: { type: "llm_error", message: canary, detail: canary } },
    { error: canary, reasons: [canary] },
    canary,
  ];
  for (const body of bodies)
    for (const status of [400, 401, 402, 403, 404, 409, 410, 413, 422, 429, 500, 503]) {
      expect(Bun.inspect(reject(status, body))).not.toContain(canary);
    }
});
