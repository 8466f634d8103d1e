/**
 * The upstream contract on three servers: the simulator, a real Letta server, and one with Redis; and on the real ones
 * the crash rounds. Installs what is missing, starts and stops everything itself, and prints one row per case or crash
 * point. A server that cannot be had is a failure.
 */
import { applies, type Case } from "../../contract/upstream/case.ts";
import { startSimulator } from "../../contract/upstream/simulated.ts";
import { type Server, stageOn } from "../../contract/upstream/stage.ts";
import { topics } from "../../contract/upstream/suite.ts";
import { faults } from "../../faults/cases.ts";
import { createCrashRows } from "./crash.ts";
import { installLetta, installRedis } from "./install.ts";
import { parseOptions } from "./options.ts";
import { startLetta } from "./server.ts";
import { type Column, type Outcome, printTable } from "./table.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const caseMs = 120_000;

/** Lines of a failure: some compare whole agents. */
const tellMost = 30;

const { only, rounds } = parseOptions(process.argv.slice(2));

const isWanted = (title: string): boolean => only.length === 0 || only.some((text) => title.includes(text));

const chosen = [...topics, { name: "faults", cases: faults }]
  .flatMap(({ name, cases }) => cases.map((one) => ({ title: `${name}: ${one.name}`, one })))
  .filter(({ title }) => isWanted(title));

/** Several per case and column: the simulator stands for both kinds of server. */
const outcomes = new Map<string, Map<Column, Outcome>>(chosen.map(({ title }) => [title, new Map()]));
const failures: string[] = [];

const note = (title: string, column: Column, outcome: Outcome): void => {
  const row = outcomes.get(title);
  if (row?.get(column) !== "failed") row?.set(column, outcome);
};

const runCase = async (one: Case, server: Server): Promise<Error | null> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It took more than ${caseMs / 1_000} s.`)), caseMs);
  try {
    await Promise.race([one.run(stageOn(server)), late.promise]);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
};

const runOn = async (column: Column, server: Server): Promise<void> => {
  for (const { title, one } of chosen) {
    if (!applies(one, server.redis)) continue;
    if (one.unproven !== undefined && column !== "simulator") {
      note(title, column, "unproven");
      continue;
    }
    const error = await runCase(one, server);
    note(title, column, error === null ? "passed" : "failed");
    if (error === null) continue;
    failures.push(`${title} (${column})`);
    const words = Bun.stripANSI(error.stack ?? error.message).split("\n");
    const where = words.filter((line) => line.includes("/contract/upstream/"));
    print(`FAILED on ${column}: ${title}\n${[...words.slice(0, tellMost), ...where].join("\n")}\n`);
  }
};

/** What was started and is not stopped yet. */
const running = new Set<() => Promise<void>>();

const installation = async (redis: boolean) => ({
  python: await installLetta(print),
  redis: redis ? await installRedis(print) : null,
  onStarting: (stop: () => Promise<void>) => void running.add(stop),
});

const crash = createCrashRows({ rounds, isWanted, print, installation });
running.add(crash.stop);

/** The contract, and on a real server the crash rounds: those that wait long go on beside the contract. */
const runAll = async (column: Column, server: Server): Promise<void> => {
  if (column === "simulator") return runOn(column, server);
  const deadly = crash.playDeadly(column);
  await runOn(column, server);
  await Promise.all([deadly, crash.play(column, server.url)]);
};

const withServer = async (column: Column, start: () => Promise<Server & { stop(): Promise<void> }>): Promise<void> => {
  const startedAt = Date.now();
  try {
    const server = await start();
    const stop = (): Promise<void> => server.stop();
    running.add(stop);
    const past = (): string => `${Math.round((Date.now() - startedAt) / 1_000)} s`;
    print(`${column}: answers after ${past()}`);
    try {
      await runAll(column, server);
      print(`${column}: through after ${past()}`);
    } finally {
      running.delete(stop);
      await stop();
    }
  } catch (error) {
    failures.push(`${column}: the server`);
    print(`FAILED to have the server "${column}":\n${error instanceof Error ? error.message : String(error)}\n`);
  }
};

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    void Promise.all([...running].map((stop) => stop())).finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  });
}

const real = async (redis: boolean) => ({
  ...(await startLetta(await installation(redis))),
  redis,
  pace: 1,
});

await withServer("simulator", () => startSimulator(false));
await withServer("simulator", () => startSimulator(true));
await withServer("real", () => real(false));
await withServer("real + Redis", () => real(true));

const rows = [...outcomes].map(([name, row]) => ({ name, outcomes: row }));
print("");
printTable([...rows, ...crash.rows()], print);
const unproven = chosen.filter(({ one }) => one.unproven !== undefined);
for (const { title, one } of unproven) print(`unproven: ${title}: ${one.unproven}`);
const crashed = crash.counts();
const failed = new Set(failures).size + crashed.failed;
const failedTitles = new Set(
  rows.filter((row) => [...row.outcomes.values()].includes("failed")).map(({ name }) => name),
);
// A case counts when it ran on a real server; of the crash rounds each one does.
const proven = rows.filter(
  (row) =>
    !failedTitles.has(row.name) &&
    (row.outcomes.get("real") === "passed" || row.outcomes.get("real + Redis") === "passed"),
).length;
const passed = proven + crashed.passed;
print("");
for (const sum of crash.sums()) print(sum);
print(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
