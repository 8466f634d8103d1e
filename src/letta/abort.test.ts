import { describe, expect, test } from "bun:test";
import { Fault } from "../errors.ts";
import {
  chunk,
  collect,
  event,
  fail,
  hello,
  inDefault,
  message,
  never,
  ping,
  startRawServer,
  startServer,
  streamHead,
} from "./test-server.ts";
import { createV1Upstream } from "./v1.ts";

const open = () =>
  startRawServer((write) => {
    write(streamHead);
    write(chunk(event(ping) + event(message({ message_type: "assistant_message", otid: "o1", content: "hi" }))));
  });

describe("aborting", () => {
  test("in the middle of a stream is a cut", async () => {
    using server = open();
    const abort = new AbortController();
    const frames: string[] = [];
    const error = await fail(async () => {
      const sent = createV1Upstream({ baseUrl: server.url }).send(inDefault, [hello()], {
        background: false,
        abort: abort.signal,
      });
      for await (const frame of sent) {
        frames.push(frame.type);
        if (frame.type === "text") abort.abort();
      }
    });
    expect(frames).toEqual(["run", "ping", "text"]);
    expect(error).toMatchObject({ code: "letta_cut", runId: "run-a" });
  });

  test("with a fault as its reason throws that fault", async () => {
    using server = startRawServer(() => undefined);
    const abort = new AbortController();
    const upstream = createV1Upstream({ baseUrl: server.url });
    const waiting = fail(() =>
      collectOrThrow(upstream.send(inDefault, [hello()], { background: false, abort: abort.signal })),
    );
    const reading = fail(() => upstream.run("run-a", abort.signal));
    abort.abort(new Fault("turn_too_long"));
    expect(await waiting).toMatchObject({ code: "turn_too_long" });
    expect(await reading).toMatchObject({ code: "turn_too_long" });
  });

  test("before the request keeps it from being made", async () => {
    await using server = await startServer({});
    const upstream = createV1Upstream({ baseUrl: server.url });
    const { error } = await collect(
      upstream.send(inDefault, [hello()], { background: false, abort: AbortSignal.abort() }),
    );
    expect(error).toMatchObject({ code: "letta_cut" });
    expect(server.requests).toEqual([]);
  });

  test("a reader who leaves closes the connection", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) => void socket.write(Buffer.concat([Buffer.from(streamHead), chunk(event(ping))])),
        close: () => resolve(),
      },
    });
    const upstream = createV1Upstream({ baseUrl: `http://127.0.0.1:${listener.port}` });
    for await (const frame of upstream.send(inDefault, [hello()], { background: false, abort: never }))
      if (frame.type === "ping") break;
    await closed;
    listener.stop(true);
  });
});

const collectOrThrow = async (frames: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of frames);
};
