/** How much memory it takes, fresh and after traffic. */
import { type Box, withBox } from "../box.ts";
import type { StreamsResult } from "../load/streams.ts";
import { memoryOf, type Program, runLoad } from "../program.ts";
import { amount, atMost, type Row } from "../table.ts";

/** A process is idle when nothing was asked of it for so long. */
const restMs = 5_000;

const stir = (box: Box, letta: Program): Promise<StreamsResult> =>
  runLoad<StreamsResult>("streams.ts", {
    relayed: box.url,
    direct: letta.url,
    token: box.token,
    relayedStreams: 200,
    directStreams: 1,
    tokens: 30,
    everyMs: 20,
    warmUpMs: 0,
    countMs: 10_000,
  });

export const memory = (): Promise<readonly Row[]> =>
  withBox(async (box, letta) => {
    await Bun.sleep(restMs);
    const idle = memoryOf(box.pid);
    let turns = 0;
    // Twice: what only the first crowd costs is no leak.
    for (let round = 0; round < 2; round += 1) turns += (await stir(box, letta)).relayed.turns;
    await Bun.sleep(2 * restMs);
    const after = memoryOf(box.pid);
    return [
      atMost("idle memory", idle.resident, 100, "MiB", `${amount(idle.anonymous)} MiB of it its own`),
      atMost(
        `memory after ${turns} turns, 200 at once`,
        after.resident / idle.resident,
        1.3,
        "× idle",
        `${amount(after.resident)} MiB, ${amount(after.anonymous)} MiB of it its own`,
      ),
    ];
  });
