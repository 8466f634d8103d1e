/** Proof: requests that come together share their way to the disk. */
import { findTurn, type Place, send, until } from "./stage.ts";
import { startTraced, syncs } from "./strace.ts";
import { isSync, readTrace } from "./trace.ts";

export type Sharing = {
  /** Answers that were no 202. */
  readonly refused: number;
  /** Syncs of the whole process from the first request to the last answer, and to the end of the last turn. */
  readonly untilAnswered: number;
  readonly untilDone: number;
};

/** `requests` messages in as many chats, all at once. */
export const checkSharing = async (place: Place, requests: number): Promise<Sharing> => {
  const trace = `${place.dir}/trace`;
  const server = startTraced(place.command, place.dataDir, trace, { calls: syncs });
  const url = await server.ready;
  // The first message finds the agent and warms everything up.
  await until(async () =>
    (await send(url, "async", `first-${crypto.randomUUID()}`)).status === 202 ? true : undefined,
  );
  await Bun.sleep(500);
  const from = Date.now();
  const answers = await Promise.all(
    Array.from({ length: requests }, () => send(url, "async", `share-${crypto.randomUUID()}`)),
  );
  const answeredAt = Date.now();
  for (const answer of answers) {
    if (answer.status !== 202) continue;
    const { turnId } = (await answer.json()) as { turnId: string };
    await until(async () => ((await findTurn(url, turnId))?.state === "done" ? true : undefined));
  }
  const doneAt = Date.now();
  await server.kill();
  const syncedAt = readTrace(trace)
    .filter(isSync)
    .map((call) => call.at)
    .filter((at) => at >= from);
  return {
    refused: answers.filter((answer) => answer.status !== 202).length,
    untilAnswered: syncedAt.filter((at) => at <= answeredAt).length,
    untilDone: syncedAt.filter((at) => at <= doneAt).length,
  };
};
