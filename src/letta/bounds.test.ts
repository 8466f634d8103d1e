import { describe, expect, test } from "bun:test";
import {
  assistant,
  chunk,
  event,
  fail,
  never,
  ping,
  sendTo,
  startRawServer,
  startServer,
  stop,
  stream,
  streamHead,
} from "./test-server.ts";
import { createV1Upstream } from "./v1.ts";

/** Sends `unit` until the reader leaves. */
const endless = (unit: string) =>
  startRawServer((write, close) => {
    write(streamHead);
    write(chunk(event(ping)));
    let sent = 0;
    const pour = setInterval(() => {
      write(chunk(unit));
      sent += unit.length;
      if (sent < 4_000_000) return;
      clearInterval(pour);
      close();
    }, 1);
  });

describe("what the other end may cost", () => {
  test("an event without end", async () => {
    using server = endless("x".repeat(10_000));
    const { error } = await sendTo(server.url, { limits: { frameBytes: 100_000 } });
    expect(error).toMatchObject({ code: "letta_too_much", verdict: "uncertain", runId: "run-a" });
  });

  test("a turn without end", async () => {
    using server = endless(event(assistant("o1", "x".repeat(1000))).repeat(10));
    const { frames, error } = await sendTo(server.url, { limits: { turnBytes: 100_000 } });
    expect(error).toMatchObject({ code: "letta_too_much", runId: "run-a" });
    expect(frames.length).toBeGreaterThan(10);
  });

  test("an answer without end", async () => {
    await using server = await startServer({ "GET /v1/runs/run-a": () => Response.json({ id: "x".repeat(20_000) }) });
    const upstream = createV1Upstream({ baseUrl: server.url, limits: { answerBytes: 10_000 } });
    expect(await fail(() => upstream.run("run-a", never))).toMatchObject({ code: "letta_too_much" });
  });

  test("an error page without end still says its status", async () => {
    await using server = await startServer({
      "GET /v1/runs/run-a": () => new Response("x".repeat(20_000), { status: 401 }),
    });
    const upstream = createV1Upstream({ baseUrl: server.url, limits: { answerBytes: 10_000 } });
    expect(await fail(() => upstream.run("run-a", never))).toMatchObject({ code: "letta_rejected" });
  });

  test("an event just below the limit passes whole", async () => {
    const text = "é".repeat(50_000);
    await using server = await startServer({
      "POST /v1/conversations/default/messages": () => stream(ping, assistant("o1", text), stop("end_turn")),
    });
    const { frames } = await sendTo(server.url, { limits: { frameBytes: 110_000 } });
    expect(frames).toContainEqual({ type: "text", otid: "o1", text });
  });
});
