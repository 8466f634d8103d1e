import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Box } from "../support/box.ts";
import { startCutBox } from "../support/cut-box.ts";
import type { CuttingProxy } from "../support/cutting-proxy.ts";

let box: Box;
let proxy: CuttingProxy;

beforeEach(async () => {
  ({ box, proxy } = await startCutBox());
});

afterEach(async () => {
  await box.stop();
  await proxy.stop();
});

type Turn = { turnId: string; state: string; resent: boolean; response: string; errorCode: string | null };

const ask = async (message: string): Promise<Turn> => {
  const response = await box.app().chat({ message });
  const { turnId } = (await response.json()) as { turnId: string };
  return box.until(async () => {
    const turn = (await (await box.app().call(`/api/v1/turns/${turnId}`)).json()) as Turn;
    return turn.state === "done" || turn.state === "failed" ? turn : undefined;
  });
};

test("a post that was cut before the server saw it is sent once more, and says so", async () => {
  proxy.cut((post) => (post === 1 ? "before" : "none"));
  const turn = await ask("are you there");
  expect(turn).toMatchObject({ state: "done", resent: true });
  expect(await box.heard()).toEqual(["are you there"]);
});

test("a post whose answer was cut off entirely is found, not sent again", async () => {
  proxy.cut((post) => (post === 1 ? "after-request" : "none"));
  const turn = await ask("demo slow 3 did you hear me");
  expect(turn).toMatchObject({ state: "done", resent: false });
  expect(turn.response).toContain("one two three did you hear me");
  expect(await box.heard()).toEqual(["demo slow 3 did you hear me"]);
  expect(proxy.posts()).toBe(1);
});

for (const afterBytes of [1, 60, 200, 330, 500, 700, 900, 1_200]) {
  test(`a stream that breaks after ${afterBytes} bytes is picked up, and nothing is lost or said twice`, async () => {
    proxy.cut((post) => (post === 1 ? { afterBytes } : "none"));
    const turn = await ask("demo slow 4 the end");
    expect(turn).toMatchObject({ state: "done", resent: false });
    expect(turn.response.match(/the end/g)).toHaveLength(1);
    expect(turn.response).toStartWith("one two three four the end");
    expect(await box.heard()).toEqual(["demo slow 4 the end"]);
    expect(proxy.posts()).toBe(1);
  });
}

test("a post that vanishes twice fails, and is kept as a dead letter that can be retried", async () => {
  proxy.cut((post) => (post <= 2 ? "before" : "none"));
  const turn = await ask("hello?");
  expect(turn).toMatchObject({ state: "failed", errorCode: "turn_lost" });
  expect(await box.heard()).toEqual([]);
  const { deadLetters } = (await (await box.app().call("/api/v1/dead-letters")).json()) as {
    deadLetters: { id: number; turnId: string }[];
  };
  expect(deadLetters.map((letter) => letter.turnId)).toEqual([turn.turnId]);
  await box.app().call(`/api/v1/dead-letters/${deadLetters[0]?.id}/retry`, { method: "POST" });
  expect(await box.until(async () => ((await box.heard()).length > 0 ? box.heard() : undefined))).toEqual(["hello?"]);
});

test("a turn that was cancelled while its post was lost is never posted again", async () => {
  await box.restart({ timing: { searchMs: 60_000 }, drainMs: 1 });
  await box.until(async () => ((await fetch(`${box.app().url}/readyz`)).ok ? true : undefined));
  proxy.cut(() => "before");
  const response = await box.app().call("/api/v1/chat/async", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message: "never mind" }),
  });
  const { turnId } = (await response.json()) as { turnId: string };
  const look = async () => (await (await box.app().call(`/api/v1/turns/${turnId}`)).json()) as Turn;
  await box.until(async () => ((await look()).state === "uncertain" ? true : undefined));
  proxy.cut(() => "none");
  await box.app().call(`/api/v1/turns/${turnId}/cancel`, { method: "POST" });
  // It is looked for until here, however late the cancel came.
  await box.restart();
  await box.until(async () => ((await look()).state === "cancelled" ? true : undefined));
  expect(await box.heard()).toEqual([]);
  expect(proxy.posts()).toBe(0);
});
