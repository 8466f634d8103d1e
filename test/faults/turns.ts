/** Whole turns behind faults: the caller gets the answer once or a failure in words, and the agent hears the text once. */
import { expect } from "bun:test";
import { anyServer, type Case, withRedis } from "../contract/upstream/case.ts";
import { type Stage, unique, until } from "../contract/upstream/stage.ts";
import { type FaultBox, startFaultBox, type Told } from "./box.ts";
import { key } from "./stand.ts";
import { type Circumstances, circumstances, type Row, type Want } from "./turn-table.ts";

/** Text occurs once. */
const once = (text: string, within: string): void => expect(within.split(text)).toHaveLength(2);

const check = (told: Told, word: string, want: Want, text = word): void => {
  expect(told).toMatchObject({
    state: want.state ?? "done",
    errorCode: want.code ?? null,
    resent: want.resent ?? false,
  });
  if (want.reached === undefined) {
    once(word, told.response);
    // Word for word what the agent said, which repeats the message with its envelope.
    expect(told.response).toMatch(/^Echo: <lettabox channel="api" chat="[^"]+" time="[^"]+"[^>]*\/>\s/);
    expect(told.response).toEndWith(text);
    expect(told.heard).toBe(told.response);
    expect(told.response).not.toContain("�");
  }
  // A failure is told in words of ours: no page, no words of the server, no secret.
  expect(told.error === null).toBe(want.code === undefined);
  expect(told.error ?? "").not.toMatch(/Ray ID|CONFLICT|RATE_LIMIT|Traceback|sk-canary|<h1>/);
  if (want.retries) expect(told.retries.map(({ reason }) => reason)).toEqual([...want.retries]);
  // However soon the server wants to be asked again.
  for (const { delayMs } of told.retries) expect(delayMs).toBeGreaterThanOrEqual(15);
};

export const strike = async (box: FaultBox, { faults, want, slowly, options }: Row): Promise<void> => {
  const { proxy } = box;
  const chat = unique("chat");
  const word = unique("word");
  if (options) await box.restart(options);
  const before = proxy.log().length;
  for (const [fault, on, more] of faults) proxy.arm(fault, { on, ...more });
  const text = `${slowly ? "PACE:1 " : ""}${word} — wörds 💧`;
  const told = await box.ask(text, chat);
  proxy.disarm();
  const struck = proxy
    .log()
    .slice(before)
    .map((one) => one.fault);
  // On a machine that is busy enough the slow run has ended before anybody takes it up.
  for (const [fault] of slowly ? faults.slice(0, 1) : faults) expect(struck).toContain(fault.name);
  check(told, word, want, text);
  if (want.reached === "neither") expect(await box.timesHeard(word)).toBe(0);
  // A run outlives its stream; what it heard is to be seen when it is over.
  else expect(await until(async () => (await box.timesHeard(word)) || undefined)).toBe(1);

  // Whatever happened, the chat goes on.
  if (options) await box.restart();
  const next = unique("next");
  check(await box.ask(next, chat), next, {});
  expect(await box.timesHeard(next)).toBe(1);
  for (const secret of [key, word, next, "Ray ID"]) expect(box.log()).not.toContain(secret);
};

export const openBox = ({ options }: Circumstances, stage: Stage): Promise<FaultBox> =>
  startFaultBox(stage, options(stage.pace));

const caseOf = (met: Circumstances): Case => {
  const run: Case["run"] = async (stage) => {
    const box = await openBox(met, stage);
    try {
      for (const row of met.rows) {
        await strike(box, row).catch((cause: unknown) => {
          throw new Error(`${row.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
        });
      }
    } finally {
      await box.stop();
    }
  };
  return met.redis ? withRedis(met.name, "it has no background", run) : anyServer(met.name, run);
};

export const turns: readonly Case[] = circumstances.map(caseOf);
