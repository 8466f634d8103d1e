import { expect, test } from "bun:test";
import { Fault } from "../errors.ts";
import type { Frame } from "../letta/upstream.ts";
import { untilSilent } from "./silence.ts";

const word: Frame = { type: "text", otid: "o", text: "word" };

/** Says what it is given, then pings until it is aborted, as the upstream does with the reason of the abort. */
const talk = (frames: readonly Frame[]) =>
  async function* (abort: AbortSignal): AsyncGenerator<Frame> {
    yield* frames;
    while (!abort.aborted) {
      await Bun.sleep(1);
      yield { type: "ping" };
    }
    throw abort.reason;
  };

const listen = async (frames: AsyncIterable<Frame>): Promise<{ heard: Frame[]; fault: unknown }> => {
  const heard: Frame[] = [];
  try {
    for await (const frame of frames) if (frame.type !== "ping") heard.push(frame);
  } catch (fault) {
    return { heard, fault };
  }
  return { heard, fault: undefined };
};

test("a stream that only pings is given up, after everything it said", async () => {
  const { heard, fault } = await listen(untilSilent(talk([word, word]), 20, new AbortController().signal));
  expect(heard).toEqual([word, word]);
  expect(fault).toBeInstanceOf(Fault);
  expect((fault as Fault).code).toBe("letta_silent");
});

test("a stream that ends is left alone", async () => {
  const brief = async function* (): AsyncGenerator<Frame> {
    yield word;
  };
  expect(await listen(untilSilent(brief, 10_000, new AbortController().signal))).toEqual({
    heard: [word],
    fault: undefined,
  });
});

test("who stops listening stops the stream, for their own reason", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const listening = listen(untilSilent(talk([word]), 60_000, abort.signal));
  abort.abort(reason);
  expect((await listening).fault).toBe(reason);
});

test("a run is not given up because we stood still: what it said meanwhile is read first", async () => {
  const script = "echo ready && read go && echo word";
  const talker = Bun.spawn(["sh", "-c", script], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const reader = talker.stdout.getReader();
  const speech = async function* (abort: AbortSignal): AsyncGenerator<Frame> {
    abort.addEventListener("abort", () => void reader.cancel());
    const { done } = await reader.read();
    if (abort.aborted) throw abort.reason;
    if (!done) yield word;
  };
  await reader.read();
  const listening = listen(untilSilent(speech, 1_000, new AbortController().signal));
  talker.stdin.write("go\n");
  void talker.stdin.flush();
  // The machine is busy with something else, for longer than silence is borne.
  Bun.sleepSync(1_500);
  expect(await listening).toEqual({ heard: [word], fault: undefined });
  await talker.exited;
});
