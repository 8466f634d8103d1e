/** A server that says more than anybody can hold costs a bounded part of our memory, and the message one turn. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { startSimulator } from "../contract/upstream/simulated.ts";
import { stageOn } from "../contract/upstream/stage.ts";
import { tempDir } from "../support/app.ts";
import { lostAnswer } from "../support/faults/cuts.ts";
import type { InjectedFault } from "../support/faults/fault.ts";
import { endlessAnswer, endlessEvent, endlessPages, endlessWords } from "../support/faults/floods.ts";
import { type FaultProxy, startFaultProxy } from "../support/faults/proxy.ts";
import { posts, runHistories, type Which } from "../support/faults/requests.ts";

let server: Awaited<ReturnType<typeof startSimulator>>;
let proxy: FaultProxy;
let dataDir: string;

beforeEach(async () => {
  server = await startSimulator(true);
  proxy = await startFaultProxy(() => server.url);
  dataDir = tempDir();
});

afterEach(async () => {
  await proxy.stop();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

type Came = { readonly state: string; readonly errorCode: string | null; readonly end: string; readonly units: number };

type Outcome = { readonly came: Came; readonly peakBytes: number };

const mebibyte = 1024 * 1024;

/** Runs a lettabox in a process of its own; answers what came of its turn and the most memory it ever had. */
const flooded = async (): Promise<Outcome> => {
  const agent = await stageOn(server).agent();
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/flooded.ts`, proxy.url, agent, dataDir], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const printed = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return JSON.parse(printed) as Outcome;
};

type Flood = readonly [fault: InjectedFault, on: Which, times: number, came: Partial<Came>];

const endsWell = { state: "done", errorCode: null, end: expect.stringContaining("hello") };

/** What is lost is the answer, where the fault is in looking for it. */
const floods: readonly Flood[] = [
  [endlessEvent, posts, 1, endsWell],
  [endlessWords, posts, 1, endsWell],
  [endlessAnswer, runHistories, 2, endsWell],
  [endlessPages(300_000), runHistories, Number.POSITIVE_INFINITY, { state: "failed", errorCode: "letta_too_much" }],
];

test.each(floods)("$name", async (fault, on, times, came) => {
  if (on !== posts) proxy.arm(lostAnswer, { on: posts });
  proxy.arm(fault, { on, times });
  const outcome = await flooded();
  expect(outcome.came).toMatchObject(came);
  // Far less than what was offered: the bound of a turn, some copies of it, and the program itself.
  expect(outcome.peakBytes).toBeGreaterThan(50 * mebibyte);
  expect(outcome.peakBytes).toBeLessThan(600 * mebibyte);
  const sent = proxy.log().reduce((sum, { bytes }) => sum + bytes, 0);
  expect(sent).toBeLessThan(300 * mebibyte);
});
