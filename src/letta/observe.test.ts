import { expect, test } from "bun:test";
import { Fault } from "../errors.ts";
import { observeUpstream } from "./observe.ts";
import type { Frame, Upstream } from "./upstream.ts";

const abort = new AbortController().signal;
const target = { agent: "agent-1", conversation: "default" };

/** A port on whose clock `pass` lets time go by. */
const watch = (members: (pass: (ms: number) => void) => Partial<Upstream>) => {
  let clock = 1_000;
  const pass = (ms: number): void => void (clock += ms);
  const heard: unknown[][] = [];
  const upstream = { server: "http://letta", ...members(pass) } as Upstream;
  const observed = observeUpstream(
    upstream,
    (...told) => heard.push(told),
    () => clock,
  );
  return { observed, heard, pass };
};

test("a call is told with its time, and its answer and arguments are those of the server", async () => {
  const { observed, heard } = watch((pass) => ({
    newestRun: (agent) => {
      pass(40);
      return Promise.resolve(`run of ${agent}`);
    },
  }));
  expect(observed.server).toBe("http://letta");
  expect(await observed.newestRun("agent-1", abort)).toBe("run of agent-1");
  expect(heard).toEqual([["newestRun", 40]]);
});

test("a failure is told with its code, and stays the same failure", async () => {
  const fault = new Fault("letta_busy");
  const { observed, heard } = watch(() => ({ check: () => Promise.reject(fault) }));
  expect(await observed.check(abort).catch((error: unknown) => error)).toBe(fault);
  expect(heard).toEqual([["check", 0, "letta_busy"]]);
});

test("of a stream the first frame is timed, from when it was asked for; all frames pass", async () => {
  const ping: Frame = { type: "ping" };
  const { observed, heard, pass } = watch((later) => ({
    async *send() {
      later(5);
      yield ping;
      later(500);
      yield ping;
    },
  }));
  const frames = observed.send(target, [], { background: false, abort });
  pass(1_000);
  expect(await Array.fromAsync(frames)).toEqual([ping, ping]);
  expect(heard).toEqual([["send", 5]]);
});

test("a stream that is refused is told with the code", async () => {
  const { observed, heard } = watch(() => ({
    // eslint-disable-next-line require-yield
    async *send() {
      throw new Fault("letta_unreachable");
    },
  }));
  const failed = await Array.fromAsync(observed.send(target, [], { background: false, abort })).catch(
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ code: "letta_unreachable" });
  expect(heard).toEqual([["send", 0, "letta_unreachable"]]);
});

test("whoever stops listening ends the stream", async () => {
  let ended = false;
  const { observed } = watch(() => ({
    async *send() {
      try {
        for (;;) yield { type: "ping" } satisfies Frame;
      } finally {
        ended = true;
      }
    },
  }));
  for await (const _ of observed.send(target, [], { background: false, abort })) break;
  expect(ended).toBe(true);
});
