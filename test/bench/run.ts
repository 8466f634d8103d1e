/**
 * The bench: `bun test/bench/run.ts [--only name[,name]] [--no-build]`. Everything on this machine's loopback, each load in a
 * process of its own, about six minutes. What the table means: README.md beside this file. Ends with 1 when a budget was
 * missed.
 */
import { parseArgs } from "node:util";
import { claim } from "./measures/claim.ts";
import { intake } from "./measures/intake.ts";
import { memory } from "./measures/memory.ts";
import { overhead, parallel } from "./measures/overhead.ts";
import { manyStreams, relay } from "./measures/relay.ts";
import { size, start } from "./measures/start.ts";
import { formatTable, isOk, type Row } from "./table.ts";

const measures = { size, start, memory, intake, relay, streams: manyStreams, overhead, parallel, claim } as const;
type Name = keyof typeof measures;

const isName = (text: string): text is Name => text in measures;

const { values } = parseArgs({
  options: { only: { type: "string" }, "no-build": { type: "boolean", default: false } },
});
const names = values.only?.split(",") ?? Object.keys(measures);

if (!values["no-build"]) {
  const build = Bun.spawn([process.execPath, "run", "build"], { stdout: "ignore", stderr: "ignore" });
  if ((await build.exited) !== 0) throw new Error("the binary could not be built; see: bun run build");
}

const rows: Row[] = [];
for (const name of names) {
  if (!isName(name)) throw new Error(`there is no measure ${name}; there are: ${Object.keys(measures).join(", ")}`);
  process.stderr.write(`${name} …\n`);
  rows.push(...(await measures[name]()));
}
process.stdout.write(`${formatTable(rows)}\n`);
process.exit(rows.every(isOk) ? 0 : 1);
