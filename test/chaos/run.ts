/**
 * The kill test. Chats talk without a pause while a process is killed and started again; afterwards the Letta server's
 * own log and history, the platform and the callers say whether every message arrived once and was answered once.
 * Exit code 1 when anything did not hold.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ambiguousParts, createHistogram, takeCensus } from "./census.ts";
import { deliver, placeOf, startChats } from "./chats.ts";
import { gather } from "./evidence.ts";
import { createLedger } from "./exchange.ts";
import { judge } from "./judge.ts";
import { killAgain, rhythms } from "./killing.ts";
import { startOperator } from "./operator.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { startPlatform } from "./platform.ts";
import { createPrograms } from "./programs.ts";
import { startTelegramPlatform } from "./telegram.ts";
import { verdict } from "./verdict.ts";
import { createRandom } from "./random.ts";
import { coverage, histogramLines, totalLines, verdictLines } from "./report.ts";
import { createVictim } from "./victim.ts";
import type { World } from "./world.ts";

/** Longest wait for the last answers. */
const settleMs = 120_000;
/** Longest time for all of it: something hangs that should not. */
const bound = (kills: number): number => 300_000 + kills * 10_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** What has to be ended, whatever happens. */
type Closers = (() => Promise<unknown>)[];

const run = async (options: Options, dir: string, abort: AbortSignal, closers: Closers): Promise<boolean> => {
  const { kills, seed, victim: victimName } = options;
  const random = (name: string) => createRandom(seed, name);
  const telegram = options.telegram && startTelegramPlatform(random("platform"), options);
  const platform = telegram ?? startPlatform(random("platform"), (exchange) => deliver(world, exchange));
  closers.push(platform.stop);
  const programs = createPrograms(options, dir);
  const demo = createVictim("the demo", programs.demo);
  closers.push(demo.end);
  demo.start();
  const letta = await Promise.race([demo.url(), demo.died]);
  const bot = telegram && { root: telegram.url, token: telegram.token };
  const server = createVictim("lettabox", () => programs.server(letta, platform.url, bot));
  closers.push(server.end);
  server.start();
  await Promise.race([server.url(), server.died]);
  const oneByOne = victimName === "demo";
  let closing = false;
  const ledger = createLedger({ long: options.plain });
  const world: World = { server, platform, ledger, random, oneByOne, abort, closing: () => closing };
  const withPeople = telegram !== undefined || options.program === "chaos";
  const chats = startChats(world, { api: options.chats, people: withPeople ? Math.ceil(options.chats / 3) : 0 });

  const open = (): number => world.ledger.all.filter((one) => one.outcome === undefined).length;
  const isSettled = (): boolean => closing && open() === 0;
  const operator = startOperator(world, isSettled);

  const histogram = createHistogram();
  const victim = victimName === "server" ? server : demo;
  const killedAt = await killAgain({
    kills,
    victim,
    histogram,
    say,
    abort,
    rhythm: rhythms[victimName],
    random: random("kills"),
    look: () => takeCensus(programs.serverData),
  });

  closing = true;
  say(
    `\nAfter the last kill ${open()} of ${world.ledger.all.length} messages are open; they have ${settleMs / 1_000} s.`,
  );
  const settledAt = Date.now();
  await Promise.race([chats, Bun.sleep(settleMs), server.died, demo.died]);
  say(`After ${Math.round((Date.now() - settledAt) / 1_000)} s ${open()} are open.\n`);

  const demoUrl = await demo.url();
  const evidence = await gather(world, {
    demo: demoUrl,
    ambiguous: ambiguousParts(programs.serverData),
    sentAgain: operator.sentAgain(),
    killedAt,
    decisions: operator.decisions,
    placeOf,
  });
  if (options.keep) writeFileSync(join(dir, "taken.json"), JSON.stringify(evidence.taken, undefined, 1));
  const verdicts = [...judge(evidence, victimName), coverage(histogram, kills, { withPeople, plain: options.plain })];
  if (telegram) {
    verdicts.push(verdict("was asked as the platform's documentation says", telegram.violations(), (what) => what));
    say(`Updates that Telegram delivered once more: ${telegram.repeats()}\n`);
  }
  say("What the kills hit:");
  for (const line of histogramLines(histogram, kills)) say(line);
  say("\nTotals:");
  for (const line of totalLines(evidence)) say(line);
  say("\nEvery message, turn, part or chat:");
  for (const line of verdictLines(verdicts)) say(line);
  const failed = verdicts.reduce((sum, { failures }) => sum + failures.length, 0);
  say(`\n${verdicts.reduce((sum, { passed }) => sum + passed, 0)} passed, ${failed} failed`);
  return failed === 0;
};

const main = async (options: Options): Promise<boolean> => {
  const dir = mkdtempSync(join(tmpdir(), "lettabox-chaos-"));
  const over = new AbortController();
  const bell = setTimeout(() => over.abort(new Error("the test took too long")), bound(options.kills));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => over.abort(new Error(signal)));
  const { kills, chats, victim, background, telegram, plain, program, seed } = options;
  const mode = background ? "in the background" : "in the foreground";
  const people = telegram === undefined ? "" : `, Telegram by ${telegram}${plain ? " without rich messages" : ""}`;
  say(`${kills} kills of ${victim} (${program}), ${chats} chats${people}, posts ${mode}, seed ${seed}\n`);
  const closers: Closers = [];
  const stopped = Promise.withResolvers<never>();
  over.signal.addEventListener("abort", () => stopped.reject(over.signal.reason));
  try {
    return await Promise.race([run(options, dir, over.signal, closers), stopped.promise]);
  } finally {
    clearTimeout(bell);
    await Promise.all(closers.map((close) => close()));
    if (options.keep) say(`Data, logs and what the platform took: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
};

let options: Options;
try {
  options = readOptions(process.argv.slice(2), Math.floor(Math.random() * 1_000_000));
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exit(2);
}
try {
  process.exitCode = (await main(options)) ? 0 : 1;
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n\n0 passed, 1 failed`);
  process.exitCode = 1;
}
process.exit();
