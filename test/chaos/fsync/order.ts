/** Proof: what a 2xx promises was on the disk before its first byte left. */
import { type Place, send, type Way, ways } from "./stage.ts";
import { everyStep, startTraced } from "./strace.ts";
import { type Call, isLog, isSync, readTrace } from "./trace.ts";

const reads = new Set(["read", "recvfrom", "recvmsg"]);
const writes = new Set(["write", "writev", "sendto", "sendmsg"]);

/** Whether what was written to the log with these words was synced before `told` began; else what is wrong. */
const findGap = (calls: readonly Call[], words: readonly string[], after: Call, told: Call): string | undefined => {
  const kept = calls.find(
    (call) =>
      call.name === "pwrite64" &&
      isLog(call) &&
      call.began > after.began &&
      words.every((word) => call.text.includes(word)),
  );
  if (!kept || kept.ended > told.began) return "it was not written before";
  const synced = calls.some(
    (call) => isSync(call) && call.target === kept.target && call.began > kept.ended && call.ended < told.began,
  );
  return synced ? undefined : "it was written before, but not synced";
};

/** What is wrong with the order in which the message `mark` came in, was kept and was answered; nothing when it is right. */
const findFault = (calls: readonly Call[], way: Way, mark: string): string | undefined => {
  const read = calls.find((call) => reads.has(call.name) && call.target.startsWith("TCP:") && call.text.includes(mark));
  if (!read) return "the request was not seen";
  const answers = calls.filter(
    (call) => writes.has(call.name) && call.target === read.target && call.began > read.ended,
  );
  const first = answers[0];
  if (!first || !/HTTP\/1\.1 20[02] /.test(first.text)) return "the answer was not seen";
  const gap = findGap(calls, [mark], read, first);
  if (gap !== undefined) return `the message: ${gap}`;
  if (way !== "json" && way !== "sse") return undefined;
  // What the agent said is a promise as well: whoever reads the result may forget the turn.
  const result = String.raw`\"type\":\"result\"`;
  const end = way === "json" ? first : answers.find((call) => call.text.includes(result));
  if (!end) return "the result was not seen";
  const late = findGap(calls, [result, mark], read, end);
  return late === undefined ? undefined : `the result: ${late}`;
};

/** Sends one message in each way to a server at `place`; answers for each what is wrong. */
export const checkOrder = async (
  place: Place,
  which: readonly Way[] = ways,
  inject?: string,
): Promise<ReadonlyMap<Way, string | undefined>> => {
  const trace = `${place.dir}/trace`;
  const tracing = { calls: everyStep, ...(inject === undefined ? {} : { inject }) };
  const server = startTraced(place.command, place.dataDir, trace, tracing);
  const url = await server.ready;
  const marks = new Map(which.map((way) => [way, `mark-${way}-${crypto.randomUUID()}`]));
  for (const [way, mark] of marks) await (await send(url, way, mark)).text();
  await server.kill();
  const calls = readTrace(trace);
  return new Map([...marks].map(([way, mark]) => [way, findFault(calls, way, mark)]));
};
