/** What relaying adds to the age of a token, beside streams that come straight from Letta in the same seconds. */
import { type Box, type BoxOptions, withBox } from "../box.ts";
import { processorMs, type Program, runLoad } from "../program.ts";
import type { StreamsArgs, StreamsResult } from "../load/streams.ts";
import { noSlowDisk, withSlowDisk } from "../slow-disk.ts";
import { amount, atMost, known, type Row } from "../table.ts";

const relayedStreams = 300;
/** A turn of 8 s at ten tokens a second: about 40 turns begin and end each second. */
const pace = { tokens: 80, everyMs: 100, warmUpMs: 5_000, countMs: 20_000 };

const listen = async (
  box: Box,
  letta: Program,
  args: Partial<StreamsArgs>,
): Promise<StreamsResult & { cpu: number }> => {
  const before = processorMs(box.pid);
  const result = await runLoad<StreamsResult>("streams.ts", {
    relayed: box.url,
    direct: letta.url,
    token: box.token,
    relayedStreams,
    directStreams: relayedStreams / 10,
    ...pace,
    ...args,
  });
  return { ...result, cpu: (processorMs(box.pid) - before) / 1_000 / result.seconds };
};

const rows = (name: string, { relayed, direct, cpu }: Awaited<ReturnType<typeof listen>>): readonly Row[] => {
  const beside = (key: "p50" | "p99"): string => `${amount(relayed[key])}, direct ${amount(direct[key])}`;
  const perSecond = Math.round((relayedStreams * 1_000) / pace.everyMs);
  return [
    atMost(`${name}, added p50`, relayed.p50 - direct.p50, 1, "ms", beside("p50")),
    atMost(`${name}, added p99`, relayed.p99 - direct.p99, 5, "ms", beside("p99")),
    atMost(`${name}, turns broken or lost`, relayed.turns - relayed.complete, 0.5, "turns", `of ${relayed.turns}`),
    known(`${name}, processors used`, `${amount(cpu)} for ${perSecond} tokens/s`),
  ];
};

const listenTo = (options: Omit<BoxOptions, "letta"> = {}) => withBox((box, letta) => listen(box, letta, {}), options);

export const relay = async (): Promise<readonly Row[]> => [
  ...rows("relay, 300 streams", await listenTo()),
  ...(noSlowDisk === undefined
    ? rows("relay, fsync + 10 ms", await withSlowDisk(10, (prefix) => listenTo({ prefix })))
    : [known("relay, fsync + 10 ms", `not measured: ${noSlowDisk}`)]),
];

export const manyStreams = async (): Promise<readonly Row[]> => {
  const args = { relayedStreams: 1_000, directStreams: 100, tokens: 50, everyMs: 500, countMs: 25_000 };
  const { relayed, direct } = await withBox((box, letta) => listen(box, letta, args));
  const [p50, p99] = [relayed.p50 - direct.p50, relayed.p99 - direct.p99];
  return [
    atMost(
      "1,000 streams, turns broken or lost",
      relayed.turns - relayed.complete,
      0.5,
      "turns",
      `of ${relayed.turns}`,
    ),
    known("1,000 streams, added p50 and p99", `${amount(p50)} ms, ${amount(p99)} ms`),
  ];
};
