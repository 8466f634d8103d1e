import { expect, test } from "bun:test";
import { Fault } from "./errors.ts";
import { createLog, type LogFields, type LogOptions } from "./log.ts";

const canary = "canary-91c27f3a";

const record = (options: Partial<LogOptions> = {}) => {
  const lines: string[] = [];
  const log = createLog({
    level: "debug",
    format: "json",
    now: () => Date.UTC(2026, 7, 24, 10),
    ...options,
    sink: (line) => void lines.push(line),
  });
  return { log, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? "null") };
};

test("json: one object per line with time, level, event and its fields", () => {
  const { log, lines } = record();
  log.info("turn.ended", { turn: "turn_1", ms: 12, state: undefined });
  expect(lines).toEqual([
    '{"time":"2026-08-24T10:00:00.000Z","level":"info","event":"turn.ended","turn":"turn_1","ms":12}\n',
  ]);
});

test("text: one readable line, values with spaces quoted", () => {
  const { log, lines } = record({ format: "text" });
  log.warn("serve.listening", { host: "127.0.0.1", port: 8080, agent: "my agent" });
  expect(lines).toEqual(['2026-08-24T10:00:00.000Z warn  serve.listening host=127.0.0.1 port=8080 agent="my agent"\n']);
});

test("what is below the level is not written", () => {
  for (const [level, written] of [
    ["debug", 4],
    ["info", 3],
    ["warn", 2],
    ["error", 1],
    ["silent", 0],
  ] as const) {
    const { log, lines } = record({ level });
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines).toHaveLength(written);
  }
});

test("a child adds its fields to each line, and its parent stays as it was", () => {
  const { log, last } = record();
  const child = log.child({ bot: "api", turn: "turn_1" });
  child.info("turn.started", { attempts: 2 });
  expect(last()).toMatchObject({ bot: "api", turn: "turn_1", attempts: 2 });
  log.info("turn.started");
  expect(last()).not.toHaveProperty("bot");
});

test("a field that is not on the list is not written, however it got there", () => {
  const { log, lines } = record();
  const text = { turn: "turn_1", text: canary, error: new Error(canary), headers: { authorization: canary } };
  log.info("turn.ended", text);
  log.child(text).info("turn.ended");
  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toContain(canary);
});

test("a value that is no plain word, or longer than an id, is not written", () => {
  const { log, lines, last } = record();
  const odd = { chat: { text: canary }, lane: [canary], reason: `${canary} `.repeat(20) } as unknown as LogFields;
  log.info("turn.ended", odd);
  expect(lines.join("")).not.toContain(canary);
  expect(last()).toMatchObject({ reason: "[320 characters]" });
});

test("a value can neither break its line nor reach the terminal", () => {
  for (const format of ["text", "json"] as const) {
    const { log, lines } = record({ format });
    log.info("chat.seen", { chat: "a\nb\r\u001b[31m\u009b1m\u2028c" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("a?b??[31m?1m?c");
  }
});

test("a fault is logged by code, hint, run and the names of its causes, never by a message", () => {
  const { log, lines, last } = record();
  const refused = Object.assign(new Error(`connect to https://user:${canary}@host`), { code: "ECONNREFUSED" });
  const cause = new TypeError(canary, { cause: refused });
  log.error("turn.failed", {
    fault: new Fault("letta_unreachable", { message: canary, hint: "Start the Letta server.", runId: "run-1", cause }),
  });
  expect(last()).toMatchObject({
    code: "letta_unreachable",
    hint: "Start the Letta server.",
    run: "run-1",
    causes: ["TypeError", "Error ECONNREFUSED"],
  });
  expect(lines.join("")).not.toContain(canary);
});

test("an unexpected error is found by where it was thrown, not by what it says", () => {
  const { log, lines, last } = record();
  const deep = `${canary}\n    at ${canary} (${canary}.ts:1:1)`;
  log.error("turn.broken", { fault: new RangeError(deep) });
  expect(last()).toMatchObject({ code: "internal", causes: ["RangeError"] });
  expect(String(last()["frames"])).toContain("(log.test.ts:");
  log.error("turn.broken", { fault: canary });
  log.error("turn.broken", { fault: { toString: () => canary } });
  const odd = Object.assign(new Error("first"), { message: deep, code: `${canary} `, name: `${canary} ` });
  log.error("turn.broken", { fault: odd });
  expect(lines).toHaveLength(4);
  expect(lines.join("")).not.toContain(canary);
});

test("a cycle of causes ends", () => {
  const { log, last } = record();
  const error = new Error("a");
  error.cause = error;
  log.error("turn.broken", { fault: error });
  expect(last()["causes"]).toHaveLength(5);
});

test("without a sink lines go to standard error, also when nobody reads it any more", async () => {
  const script = `
    import { createLog } from ${JSON.stringify(new URL("log.ts", import.meta.url).pathname)};
    const log = createLog({ level: "info", format: "json" });
    for (let count = 0; count < 2000; count++) log.info("noise.made", { count });
    process.stdout.write("alive");
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  const reader = child.stderr.getReader();
  const first = new TextDecoder().decode((await reader.read()).value);
  expect(first).toContain('"event":"noise.made","count":0}\n');
  await reader.cancel();
  expect(await new Response(child.stdout).text()).toBe("alive");
  expect(await child.exited).toBe(0);
});

test("another level counts from the next line on, for children made before too", () => {
  const { log, lines } = record({ level: "error" });
  const child = log.child({ bot: "b" });
  child.info("a");
  expect(lines).toEqual([]);
  log.setLevel("debug");
  child.debug("b");
  log.setLevel("warn");
  child.info("c");
  expect(log.level()).toBe("warn");
  expect(lines).toHaveLength(1);
});
