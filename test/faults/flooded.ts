/**
 * A lettabox of its own process, so that what it costs can be measured: asks one message of the agent whose server floods
 * it, and prints as JSON what came of it and the most memory it ever had. Arguments: the server's address, the agent, the
 * data directory.
 */
import { readFileSync } from "node:fs";
import { startApp } from "../support/app.ts";

const [url = "", agent = "", dataDir = ""] = process.argv.slice(2);
const app = await startApp({
  dataDir,
  timing: { searchMs: 150, pollMs: 20, retryMs: 20, stuckMs: 2_000 },
  env: { LETTA_BASE_URL: url, LETTA_AGENT_ID: agent },
});
while (!(await fetch(`${app.url}/readyz`)).ok) await Bun.sleep(10);
const response = await app.chat({ message: "hello" });
const { turnId } = (await response.json()) as { readonly turnId: string };
const turn = (await (await app.call(`/api/v1/turns/${turnId}`)).json()) as {
  readonly state: string;
  readonly response: string;
  readonly errorCode: string | null;
};
await app.stop();
const { state, errorCode } = turn;
const came = { state, errorCode, end: turn.response.slice(-100), units: turn.response.length };
// Not what wait(2) tells of a child: that begins at the peak of the process that started it, here a whole test run.
const peakKib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
process.stdout.write(JSON.stringify({ came, peakBytes: peakKib * 1024 }));
// Timers of minutes are left behind.
process.exit(0);
