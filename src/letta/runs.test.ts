import { describe, expect, test } from "bun:test";
import {
  assistant,
  at,
  fail,
  inDefault,
  json,
  message,
  never,
  paged,
  queryOf,
  type Seen,
  startServer,
} from "./test-server.ts";

const run = (number: number, fields: object = {}) => ({
  id: `run-${number}`,
  agent_id: "agent-1",
  status: "completed",
  conversation_id: null,
  stop_reason: "end_turn",
  created_at: `2026-11-22T03:00:${String(number).padStart(2, "0")}.000000Z`,
  ...fields,
});

const newestFirst = (count: number) => Array.from({ length: count }, (_, index) => run(count - index));

const ids = (runs: readonly { id: string }[]) => runs.map(({ id }) => id);

/** `meaning.before` says whether `before` leads to older runs, as on 0.16, or to newer ones. */
const listing = (count: number, pageSize: number, olderIs: "before" | "after") => (seen: Seen) => {
  const all = newestFirst(count);
  const asked = queryOf(seen);
  const older = asked.get(olderIs);
  const newer = asked.get(olderIs === "before" ? "after" : "before");
  const place = (id: string) => all.findIndex((one) => one.id === id);
  const rest = older !== null ? all.slice(place(older) + 1) : newer !== null ? all.slice(0, place(newer)) : all;
  return Response.json(rest.slice(0, Math.min(pageSize, Number(asked.get("limit")))));
};

const cancel = (url: string) => at(url).cancel(inDefault, "run-1", never);

describe("runs", () => {
  test("one is known by status, conversation and reason", async () => {
    await using server = await startServer({
      "GET /v1/runs/run-1": json(run(1)),
      "GET /v1/runs/run-2": json(run(2, { status: "running", conversation_id: "conv-1", stop_reason: null })),
    });
    expect(await at(server.url).run("run-1", never)).toEqual({
      id: "run-1",
      status: "completed",
      conversation: null,
      stopReason: "end_turn",
    });
    expect(await at(server.url).run("run-2", never)).toEqual({
      id: "run-2",
      status: "running",
      conversation: "conv-1",
      stopReason: null,
    });
  });

  test("the newest is asked for alone", async () => {
    await using server = await startServer({ "GET /v1/runs/": listing(5, 100, "before") });
    expect(await at(server.url).newestRun("agent-1", never)).toBe("run-5");
    expect(queryOf(server.requests[0]).get("limit")).toBe("1");
    await using empty = await startServer({ "GET /v1/runs/": json([]) });
    expect(await at(empty.url).newestRun("agent-1", never)).toBeNull();
  });

  test("those since a known one come newest first, without it", async () => {
    await using server = await startServer({ "GET /v1/runs/": listing(9, 100, "before") });
    expect(ids(await at(server.url).runsSince("agent-1", "run-7", never))).toEqual(["run-9", "run-8"]);
    expect(ids(await at(server.url).runsSince("agent-1", "run-9", never))).toEqual([]);
    expect(server.requests).toHaveLength(2);
  });

  test.each(["before", "after"] as const)("older pages are found where %p leads to them", async (olderIs) => {
    await using server = await startServer({ "GET /v1/runs/": listing(9, 2, olderIs) });
    expect(ids(await at(server.url).runsSince("agent-1", "run-3", never))).toEqual([
      "run-9",
      "run-8",
      "run-7",
      "run-6",
      "run-5",
      "run-4",
    ]);
    expect(ids(await at(server.url).runsSince("agent-1", null, never))).toHaveLength(9);
  });

  test("a history without end is too much", async () => {
    await using server = await startServer({ "GET /v1/runs/": listing(59, 2, "before") });
    expect(await fail(() => at(server.url, { pages: 5 }).runsSince("agent-1", null, never))).toMatchObject({
      code: "letta_too_much",
    });
  });

  test("the messages of one are read over all pages, though one row holds several", async () => {
    const rows = [
      message({ id: "message-1", message_type: "user_message", otid: "u1", content: "hi" }),
      message({ id: "message-2", message_type: "reasoning_message", otid: "o1", reasoning: "hm" }),
      message({ ...assistant("o2", "hello"), id: "message-2" }),
      message({ ...assistant("o3", "bye"), id: "message-3" }),
    ];
    await using server = await startServer({
      "GET /v1/runs/run-1/messages": (seen) => {
        const after = queryOf(seen).get("after");
        const from = after === null ? 0 : rows.findLastIndex(({ id }) => id === after) + 1;
        return Response.json(rows.slice(from, from === 0 ? 3 : undefined));
      },
    });
    expect(await at(server.url).runFrames("run-1", never)).toEqual([
      { type: "user", otid: "u1" },
      { type: "reasoning", otid: "o1", text: "hm" },
      { type: "text", otid: "o2", text: "hello" },
      { type: "text", otid: "o3", text: "bye" },
    ]);
    expect(queryOf(server.requests[0]).get("order")).toBe("asc");
  });

  test("messages with pictures may be longer than other answers", async () => {
    const long = [message({ ...assistant("o1", "x".repeat(20_000)), id: "message-1" })];
    await using server = await startServer({
      "GET /v1/runs/run-1/messages": paged(long as unknown as { id: string }[], 9),
    });
    const limits = { answerBytes: 10_000, turnBytes: 50_000 };
    expect(await at(server.url, limits).runFrames("run-1", never)).toHaveLength(1);
  });
});

describe("cancelling", () => {
  const route = "POST /v1/agents/agent-1/messages/cancel";
  const running = { id: "run-1", status: "running" };

  test("ends one run by its id", async () => {
    await using server = await startServer({
      "GET /v1/runs/run-1": json(running),
      [route]: json({ "run-1": "cancelled" }),
    });
    expect(await cancel(server.url)).toBe(true);
    expect(server.requests.at(-1)?.body).toEqual({ run_ids: ["run-1"] });
  });

  test("leaves alone what has ended or waits for approval", async () => {
    const waiting = { id: "run-1", status: "completed", stop_reason: "requires_approval" };
    await using server = await startServer({ "GET /v1/runs/run-1": json(waiting) });
    expect(await cancel(server.url)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  test("says false when the run ended just now", async () => {
    await using server = await startServer({
      "GET /v1/runs/run-1": json(running),
      [route]: json({ detail: "No active runs" }, 409),
    });
    expect(await cancel(server.url)).toBe(false);
  });

  test("fails when the server could not", async () => {
    await using server = await startServer({
      "GET /v1/runs/run-1": json(running),
      [route]: json({ "run-1": "failed" }),
    });
    expect(await fail(() => cancel(server.url))).toMatchObject({
      code: "letta_overloaded",
      verdict: "retry",
      runId: "run-1",
    });
  });
});
