/** What a case of this suite stands on: a fault proxy before the server of a stage, and our adapter behind that. */
import { startFaultProxy, type FaultProxy } from "../support/faults/proxy.ts";
import type { Frame, PostMessage, Target, Upstream } from "../../src/letta/upstream.ts";
import type { Limits } from "../../src/letta/limits.ts";
import { createV1Upstream } from "../../src/letta/v1.ts";
import type { Stage } from "../contract/upstream/stage.ts";

/** Stands for the key of an account; it must not be seen anywhere but at the server. */
export const key = "sk-canary-of-the-letta-key";

export const withProxy = async (stage: Stage, work: (proxy: FaultProxy) => Promise<void>): Promise<void> => {
  const proxy = await startFaultProxy(() => stage.url);
  try {
    await work(proxy);
  } finally {
    await proxy.stop();
  }
};

/**
 * What counts as silence before a server of this pace. The simulator answers at once, but on a busy machine; a real one
 * takes its time for the first byte. Shorter than the slow runs of the tables, which have to outlast it.
 */
export const silenceMs = (pace: number): number => 700 + 1_000 * pace;

export const adapterAt = (url: string, limits: Partial<Limits> = {}): Upstream =>
  createV1Upstream({ baseUrl: url, apiKey: key, limits });

export const never = (): AbortSignal => new AbortController().signal;

export const said = (text: string): PostMessage => ({
  role: "user",
  content: [{ type: "text", text }],
  otid: crypto.randomUUID(),
});

export type Outcome = { readonly frames: readonly Frame[]; readonly error: unknown };

/** Everything that a post brings, and what it throws in the end. */
export const send = async (
  upstream: Upstream,
  target: Target,
  text: string,
  options: { readonly background?: boolean; readonly abort?: AbortSignal } = {},
): Promise<Outcome> => {
  const frames: Frame[] = [];
  const { background = false, abort = never() } = options;
  try {
    for await (const frame of upstream.send(target, [said(text)], { background, abort })) frames.push(frame);
    return { frames, error: undefined };
  } catch (error) {
    return { frames, error };
  }
};

/** What `work` throws. */
export const fail = (work: () => Promise<unknown>): Promise<unknown> =>
  work().then(
    () => new Error("It did not fail."),
    (error: unknown) => error,
  );

export const textOf = (frames: readonly Frame[]): string =>
  frames.flatMap((frame) => (frame.type === "text" ? [frame.text] : [])).join("");
