import { describe, expect, test } from "bun:test";
import { readEvents } from "./events.ts";
import { defaultLimits } from "./limits.ts";
import { relay } from "./relay.ts";
import {
  assistant,
  chunk,
  collect,
  done,
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

describe("a connection that does not come about proves that nothing ran", () => {
  test("refused", async () => {
    const url = "http://127.0.0.1:1";
    expect((await sendTo(url)).error).toMatchObject({ code: "letta_unreachable", verdict: "retry" });
    const upstream = createV1Upstream({ baseUrl: url });
    expect(await fail(() => upstream.health(never))).toMatchObject({ code: "letta_unreachable" });
    expect(await fail(() => upstream.createConversation("agent-1", never))).toMatchObject({
      code: "letta_unreachable",
    });
  });

  test("no such host", async () => {
    expect((await sendTo("http://no-such-host.invalid")).error).toMatchObject({ code: "letta_unreachable" });
  });

  test("a certificate that is not valid", async () => {
    const failing = (() => {
      throw Object.assign(new TypeError("self signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    }) as unknown as typeof fetch;
    expect((await sendTo("https://letta.example", { fetch: failing })).error).toMatchObject({
      code: "letta_unreachable",
      hint: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT"),
    });
  });
});

describe("a connection that breaks after the request left proves nothing", () => {
  test("before the answer, and the post is not sent again", async () => {
    using server = startRawServer((_, close) => close());
    expect((await sendTo(server.url)).error).toMatchObject({ code: "letta_cut", verdict: "uncertain" });
    expect(server.connections()).toBe(1);
  });

  test("with a TLS error, which also comes in the middle of a request", async () => {
    const failing = (() => {
      throw Object.assign(new TypeError("EPROTO"), { code: "EPROTO" });
    }) as unknown as typeof fetch;
    const options = { fetch: failing };
    expect((await sendTo("https://letta.example", options)).error).toMatchObject({ code: "letta_cut" });
    const upstream = createV1Upstream({ baseUrl: "https://letta.example", ...options });
    expect(await fail(() => upstream.health(never))).toMatchObject({ code: "letta_unreachable" });
  });

  test("in the middle of an event, with all whole events before it", async () => {
    const text = event(ping) + event(assistant("o1", "whole")) + event(assistant("o1", "torn")).slice(0, 60);
    const { promise: closing, resolve: close } = Promise.withResolvers<void>();
    using server = startRawServer((write, end) => {
      write(streamHead);
      write(chunk(text));
      void closing.then(end);
    });
    const { frames, error } = await sendTo(server.url, {}, (frame) => {
      if (frame.type === "text") close();
    });
    expect(frames.map((frame) => frame.type)).toEqual(["run", "ping", "text"]);
    expect(error).toMatchObject({ code: "letta_cut", runId: "run-a" });
  });

  test("with a clean end of the body but no stop reason", async () => {
    await using server = await startServer({
      "POST /v1/conversations/default/messages": () => stream(ping, assistant("o1", "half")),
    });
    expect((await sendTo(server.url)).error).toMatchObject({ code: "letta_cut", runId: "run-a" });
  });

  test("with an end announced but no stop reason", async () => {
    await using server = await startServer({ "POST /v1/conversations/default/messages": () => stream(ping, done) });
    expect((await sendTo(server.url)).error).toMatchObject({ code: "letta_cut", runId: "run-a" });
  });

  test("with an event that is no JSON, whose text is not repeated", async () => {
    await using server = await startServer({
      "POST /v1/conversations/default/messages": () => stream(ping, "data: canary\n\n", stop("end_turn"), done),
    });
    const { error } = await sendTo(server.url);
    expect(error).toMatchObject({ code: "letta_cut", runId: "run-a" });
    expect(Bun.inspect(error)).not.toContain("canary");
  });

  test("with an answer that is no stream", async () => {
    await using server = await startServer({
      "POST /v1/conversations/default/messages": () =>
        new Response("<html>Welcome</html>", { headers: { "content-type": "text/html" } }),
    });
    expect((await sendTo(server.url)).error).toMatchObject({ code: "letta_cut" });
  });

  test("for a read it is only a reason to read again", async () => {
    using server = startRawServer((_, close) => close());
    const upstream = createV1Upstream({ baseUrl: server.url });
    expect(await fail(() => upstream.run("run-a", never))).toMatchObject({
      code: "letta_overloaded",
      verdict: "retry",
    });
    expect(await fail(() => upstream.createConversation("agent-1", never))).toMatchObject({ code: "letta_cut" });
  });
});

describe("once the stop reason was seen", () => {
  test("an end without announcement is the end", async () => {
    await using server = await startServer({
      "POST /v1/conversations/default/messages": () => stream(ping, stop("end_turn")),
    });
    expect((await sendTo(server.url)).error).toBeUndefined();
  });

  test("a broken connection takes nothing away", async () => {
    const { promise: closing, resolve: close } = Promise.withResolvers<void>();
    using server = startRawServer((write, end) => {
      write(streamHead);
      write(chunk(event(ping) + event(stop("end_turn"))));
      void closing.then(end);
    });
    const { frames, error } = await sendTo(server.url, {}, (frame) => {
      if (frame.type === "stop") close();
    });
    expect(frames.at(-1)).toEqual({ type: "stop", reason: "end_turn" });
    expect(error).toBeUndefined();
  });

  test("a server that keeps the connection after its [DONE] keeps nobody", async () => {
    using server = startRawServer((write) => {
      write(streamHead);
      write(chunk(event(ping) + event(stop("end_turn")) + done));
    });
    const { error } = await sendTo(server.url, { limits: { graceMs: 20 } });
    expect(error).toBeUndefined();
  });
});

describe("silence", () => {
  test("in the middle of a stream is a cut", async () => {
    // The first event is there before anybody waits: over a network it would have to come within the silence.
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(event(ping))),
    });
    const { frames, error } = await collect(relay(readEvents(body, { ...defaultLimits, silenceMs: 5 }), never));
    expect(frames.map((frame) => frame.type)).toEqual(["run", "ping"]);
    expect(error).toMatchObject({ code: "letta_cut", runId: "run-a" });
  });

  test("before the answer is a cut", async () => {
    using server = startRawServer(() => undefined);
    expect((await sendTo(server.url, { limits: { silenceMs: 60 } })).error).toMatchObject({ code: "letta_cut" });
  });

  test("in the middle of a read is a reason to read again", async () => {
    using server = startRawServer((write) => {
      write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
    });
    const upstream = createV1Upstream({ baseUrl: server.url, limits: { silenceMs: 60 } });
    expect(await fail(() => upstream.run("run-a", never))).toMatchObject({ code: "letta_overloaded" });
  });

  test("is broken by any byte: a stream that drips is heard to its end", async () => {
    const bytes = new TextEncoder().encode(event(ping) + event(assistant("o1", "dröp 💧")) + event(stop("end_turn")));
    using server = startRawServer((write) => {
      write(streamHead);
      let at = 0;
      const drip = setInterval(() => {
        write(chunk(bytes.slice(at, at + 8)));
        at += 8;
        if (at < bytes.length) return;
        clearInterval(drip);
        write("0\r\n\r\n");
      }, 1);
    });
    const { frames, error } = await sendTo(server.url, { limits: { silenceMs: 5_000 } });
    expect(frames).toContainEqual({ type: "text", otid: "o1", text: "dröp 💧" });
    expect(error).toBeUndefined();
  });
});
