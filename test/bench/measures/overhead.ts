/** What lettabox itself adds to a turn, and whether turns of different chats wait for each other. */
import { join } from "node:path";
import { type Box, withBox } from "../box.ts";
import type { TurnsResult } from "../load/turns.ts";
import { freePort, type Program, runLoad } from "../program.ts";
import { amount, atMost, type Row } from "../table.ts";

const secret = "open sesame";
const chaosServer = join(import.meta.dir, "..", "..", "support", "chaos-server.ts");

const rows = (name: string, { relayed, direct }: TurnsResult): readonly Row[] => [
  atMost(
    `${name}, added p50`,
    relayed.p50 - direct.p50,
    5,
    "ms",
    `${amount(relayed.p50)}, direct ${amount(direct.p50)}`,
  ),
  atMost(
    `${name}, added p99`,
    relayed.p99 - direct.p99,
    15,
    "ms",
    `${amount(relayed.p99)}, direct ${amount(direct.p99)}`,
  ),
];

const time =
  (way: "api" | "webhook", platformPort: number) =>
  (box: Box, letta: Program): Promise<TurnsResult> =>
    runLoad<TurnsResult>("turns.ts", {
      url: box.url,
      direct: letta.url,
      token: box.token,
      way,
      platformPort,
      secret,
      warmUp: 200,
      turns: 600,
    });

export const overhead = async (): Promise<readonly Row[]> => {
  const port = await freePort();
  // A channel that exists only for tests is not in the binary.
  const command = [process.execPath, chaosServer, `http://127.0.0.1:${port}`, secret];
  return [
    ...rows("a turn by JSON", await withBox(time("api", 0))),
    ...rows("webhook to send call", await withBox(time("webhook", port), { command })),
  ];
};

const chats = 10;
const message = "tokens 50 every 20";

/** Ten turns of a second each, at once. */
export const parallel = (): Promise<readonly Row[]> =>
  withBox(async (box) => {
    const ask = async (index: number): Promise<number> => {
      const from = performance.now();
      const response = await fetch(`${box.url}/api/v1/chat`, {
        method: "POST",
        headers: { authorization: `Bearer ${box.token}`, "content-type": "application/json" },
        body: JSON.stringify({ message, chat: `parallel-${index}` }),
      });
      if (!response.ok) throw new Error(`a turn failed: ${await response.text()}`);
      await response.text();
      return performance.now() - from;
    };
    const askAll = () => Promise.all(Array.from({ length: chats }, (_, index) => ask(index)));
    await askAll();
    const took = await askAll();
    const [first, last] = [Math.min(...took), Math.max(...took)];
    const beside = `first after ${amount(first)} ms, last after ${amount(last)} ms`;
    return [atMost(`${chats} chats at once, from first to last answer`, last - first, 100, "ms", beside)];
  });
