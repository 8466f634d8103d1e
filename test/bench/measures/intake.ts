/** How fast messages are taken and kept, beside what the disk can do. */
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { withBox } from "../box.ts";
import type { IntakeResult } from "../load/intake.ts";
import { runLoad } from "../program.ts";
import { noSlowDisk, withSlowDisk } from "../slow-disk.ts";
import { amount, atLeast, atMost, known, type Row } from "../table.ts";

const requests = 200;

/** Syncs of the whole process for requests that come all at once. */
const countSyncs = (): Promise<number> => {
  const trace = `${tmpdir()}/lettabox-bench-syncs-${process.pid}`;
  const prefix = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace, "--"];
  const count = (): number => readFileSync(trace, "utf8").match(/(?:fsync|fdatasync)\(/g)?.length ?? 0;
  return withBox(
    async (box) => {
      const send = (index: number): Promise<Response> =>
        fetch(`${box.url}/api/v1/chat/async`, {
          method: "POST",
          headers: { authorization: `Bearer ${box.token}`, "content-type": "application/json" },
          body: JSON.stringify({ message: "tokens 1000 every 60000", chat: `syncs-${index}` }),
        });
      await send(requests);
      await Bun.sleep(1_000);
      const before = count();
      const answers = await Promise.all(Array.from({ length: requests }, (_, index) => send(index)));
      const after = count();
      if (answers.some((answer) => answer.status !== 202)) throw new Error("a message was refused");
      rmSync(trace);
      return after - before;
    },
    { prefix },
  );
};

/** The server and the commits beside it write to the same disk, and are slowed down alike. */
const measureIntake = (prefix: readonly string[]): Promise<IntakeResult> => {
  const load = { disk: tmpdir(), connections: 64, rounds: 3, roundMs: 2_000 };
  return withBox((box) => runLoad<IntakeResult>("intake.ts", { ...load, url: box.url, token: box.token }, prefix), {
    prefix,
  });
};

const rows = (name: string, { accepted, commits, ratio, refused }: IntakeResult): readonly Row[] => {
  const beside = `${amount(accepted)}/s, commits of one row ${amount(commits)}/s`;
  return [
    atLeast(name, ratio, 2, "× commits of one row", beside),
    atMost(`${name}, refused`, refused, 0.5, "messages"),
  ];
};

const measureOwnDisk = async (): Promise<readonly Row[]> => {
  const result = await measureIntake([]);
  const { p50, p99 } = result;
  return [
    ...rows("durable intake", result),
    atMost("durable intake at half load, p99 ack", p99, 50, "ms", `p50 ${amount(p50)} ms`),
  ];
};

/** Here an answer takes what a few syncs take, so its time has no budget. */
const measureSlowDisk = async (ms: number): Promise<readonly Row[]> => {
  const name = `durable intake, fsync + ${ms} ms`;
  if (noSlowDisk !== undefined) return [known(name, `not measured: ${noSlowDisk}`)];
  const result = await withSlowDisk(ms, measureIntake);
  const { p50, p99 } = result;
  return [
    ...rows(name, result),
    known(`${name}, p50 and p99 ack at half load`, `${amount(p50)} ms, ${amount(p99)} ms`),
  ];
};

export const intake = async (): Promise<readonly Row[]> => [
  ...(await measureOwnDisk()),
  ...(await measureSlowDisk(2)),
  ...(await measureSlowDisk(10)),
  ...(Bun.which("strace")
    ? [atMost(`syncs for ${requests} messages at once`, await countSyncs(), 100, "syncs")]
    : [known(`syncs for ${requests} messages at once`, "not measured: there is no strace")]),
];
