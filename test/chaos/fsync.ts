/**
 * The fsync proof: `bun test/chaos/fsync.ts [--keep]`. It needs strace and the right to trace; as root on Debian it installs
 * strace. Its last line is `N passed, N failed`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Death, type Life, live } from "./fsync/kills.ts";
import { type Change, mutate } from "./fsync/mutant.ts";
import { checkOrder } from "./fsync/order.ts";
import { checkSharing } from "./fsync/sharing.ts";
import { openStage, type Place, send, type Stage, type Way, ways } from "./fsync/stage.ts";
import { haveStrace } from "./fsync/strace.ts";
import { startChild } from "./child.ts";

const requests = 200;
const mostSyncs = 100;
/** A turn takes about ten syncs, a start a few more. */
const mostDeaths = 40;
/** Lives that go on beside each other: most of the time they wait. */
const beside = 3;

const unsynced: Change = {
  file: "src/store/db.ts",
  line: "PRAGMA synchronous = FULL",
  without: "PRAGMA synchronous = OFF",
};
const hasty: Change = {
  file: "src/http/webhooks.ts",
  line: "await deps.inbox.receive(bot, events)",
  without: "deps.inbox.receive(bot, events).catch(() => undefined)",
};
/** Long enough that an answer which does not wait is seen to overtake. */
const slowSync = "fsync,fdatasync:delay_enter=50000";

const tally = { passed: 0, failed: 0 };
const report = (what: string, fault: string | undefined, detail = ""): void => {
  tally[fault === undefined ? "passed" : "failed"] += 1;
  process.stdout.write(
    `${fault === undefined ? "ok    " : "FAILED"} ${what}${fault === undefined ? detail : `: ${fault}`}\n`,
  );
};

const proveOrder = async (fresh: (name: string) => Place, dir: string): Promise<void> => {
  for (const [way, fault] of await checkOrder(fresh("order"))) {
    report(`${way}: the message is synced before the first byte of its 2xx, and a result before it is told`, fault);
  }
  const unsafe = mutate(fresh("order-unsynced"), join(dir, "unsynced"), unsynced);
  for (const [way, fault] of await checkOrder(unsafe)) {
    report(`${way}: the proof notices a server that does not sync`, fault === undefined ? "it does not" : undefined);
  }
  const early = mutate(fresh("order-hasty"), join(dir, "hasty"), hasty);
  const noticed = (await checkOrder(early, ["webhook"], slowSync)).get("webhook") !== undefined;
  report("webhook: the proof notices an answer that does not wait", noticed ? undefined : "it does not");
};

const proveSharing = async (fresh: (name: string) => Place): Promise<void> => {
  const { refused, untilAnswered, untilDone } = await checkSharing(fresh("sharing"), requests);
  const counts = `${untilAnswered} syncs until the last 202, ${untilDone} until the last of the turns was done`;
  const fault = refused > 0 ? `${refused} were refused` : untilAnswered > mostSyncs ? counts : undefined;
  report(`${requests} requests at once cost at most ${mostSyncs} syncs`, fault, ` (${counts})`);
};

/** Dies at the first sync, at the second, and so on, until a turn gets by. */
const proveSurvival = async (stage: Stage, fresh: (name: string) => Place, way: Way, death: Death): Promise<void> => {
  const lives: Life[] = [];
  while (lives.every((life) => life.died) && lives.length < mostDeaths) {
    const from = lives.length;
    const next = Array.from({ length: beside }, (_, index) => from + index + 1);
    lives.push(
      ...(await Promise.all(next.map((nth) => live(stage, fresh(`${way}-${death}-${nth}`), way, death, nth)))),
    );
  }
  const deaths = lives.findIndex((life) => !life.died);
  const promised = lives.filter((life) => life.died && life.promised).length;
  const faults = lives.flatMap(({ fault }, index) => (fault === undefined ? [] : [`at sync ${index + 1} ${fault}`]));
  if (deaths < 0) faults.push("no turn ever came to its end");
  if (promised === 0) faults.push("it never died after a 2xx, so this proves nothing");
  const what = `${way}: a ${death} at any sync of a turn loses nothing`;
  report(
    what,
    faults.length === 0 ? undefined : faults.join("; "),
    ` (${deaths} deaths, ${promised} of them after a 2xx)`,
  );
};

const noticeLoss = async (stage: Stage, fresh: (name: string) => Place, dir: string): Promise<void> => {
  // Nothing is ever synced, so the life ends after the turn; the power cut then takes it all.
  const unsafe = mutate(fresh("loss-unsynced"), join(dir, "unsynced-too"), unsynced);
  const { promised, fault } = await live(stage, unsafe, "async", "power cut", mostDeaths);
  const noticed = promised && fault === "the turn that was promised is gone";
  report(
    "the power cut takes what a server without syncs has promised",
    noticed ? undefined : `it does not (${fault})`,
  );
};

const dir = mkdtempSync(join(tmpdir(), "lettabox-fsync-"));
if (await haveStrace()) {
  const stage = await openStage(dir);
  try {
    // One start has made the database and met the agent; every other server begins with a copy of what it left.
    const seed = stage.place("seed");
    const first = startChild(seed.command);
    await (await send(await first.ready, "json", "seed")).text();
    await first.kill();
    const fresh = (name: string): Place => stage.place(name.replaceAll(" ", "-"), seed);

    await proveOrder(fresh, dir);
    await proveSharing(fresh);
    for (const death of ["kill", "power cut"] as const) {
      for (const way of ways) if (way !== "json") await proveSurvival(stage, fresh, way, death);
    }
    await noticeLoss(stage, fresh, dir);
  } finally {
    await stage.close();
  }
} else {
  process.stdout.write("\nNOTHING WAS PROVED: strace is missing here, or this user may not trace.\n\n");
  if (process.env["CI"]) report("the fsync proof", "it cannot run");
}
if (!process.argv.includes("--keep")) rmSync(dir, { recursive: true, force: true });
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
process.exit(tally.failed === 0 ? 0 : 1);
