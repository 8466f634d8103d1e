/** Proof: a server that dies at any sync of a turn, by a kill or by a power cut, loses nothing that it promised. */
import { startChild } from "../child.ts";
import { cutPower, logBytes } from "./power-cut.ts";
import { findTurn, type Place, send, type Stage, until, type Way } from "./stage.ts";
import { keepingSteps, startTraced } from "./strace.ts";

export type Death = "kill" | "power cut";

/** One life and its sequel. */
export type Life = {
  /** False when the turn came to its end before the server did. */
  readonly died: boolean;
  /** Whether the sender saw a 2xx before the end. */
  readonly promised: boolean;
  /** What is wrong afterwards; nothing when all is well. */
  readonly fault: string | undefined;
};

/** A turn has nothing left to sync when it was quiet for so long. */
const quietMs = 400;
const ended = new Set(["done", "silent", "failed", "cancelled"]);

type Seen = { promised: boolean; turnId?: string };

/** Sends and waits like a caller who wants the answer; what the caller saw is kept in `seen`, also when it breaks off. */
const converse = async (stage: Stage, url: string, way: Way, mark: string, seen: Seen): Promise<void> => {
  const response = await send(url, way, mark);
  seen.promised ||= response.ok;
  const turnId = response.headers.get("x-turn-id");
  if (turnId !== null) seen.turnId = turnId;
  await response.text();
  if (turnId === null) await until(() => (takenFor(stage, mark).length > 0 ? true : undefined));
  else await until(async () => (ended.has((await findTurn(url, turnId))?.state ?? "") ? true : undefined));
};

const takenFor = (stage: Stage, mark: string) =>
  stage.platform.taken().filter((part) => part.chat === mark && part.text.includes(mark));

/** What is wrong with how the agent and the sender remember the message. */
const judge = async (stage: Stage, url: string, way: Way, mark: string, seen: Seen): Promise<string | undefined> => {
  const history = (await stage.history()).filter(({ text }) => text.includes(mark));
  const heard = history.filter(({ role }) => role === "user").length;
  const said = history.filter(({ role }) => role === "assistant").length;
  if (heard !== 1 || said !== 1) return `the agent heard it ${heard} times and answered ${said} times`;
  if (way !== "webhook") {
    const state = (await findTurn(url, seen.turnId ?? ""))?.state;
    return state === "done" ? undefined : `the turn is ${state ?? "unknown"}`;
  }
  // A part whose taking nobody saw may be sent once more.
  const taken = takenFor(stage, mark).length;
  return taken === 1 || taken === 2 ? undefined : `the chat got the answer ${taken} times`;
};

/** Lives up to sync number `nth` of the thread that writes, dies so, and is started again. */
export const live = async (stage: Stage, place: Place, way: Way, death: Death, nth: number): Promise<Life> => {
  const trace = `${place.dir}/trace`;
  const atStart = logBytes(place.dataDir);
  const mark = `life-${crypto.randomUUID()}`;
  const seen: Seen = { promised: false };
  const inject = `fsync,fdatasync:signal=SIGKILL:when=${nth}`;
  const first = startTraced(place.command, place.dataDir, trace, { calls: keepingSteps, inject });
  const told = first.ready.then((url) => converse(stage, url, way, mark, seen)).then(() => Bun.sleep(quietMs));
  // Whoever talks to a process that is killed is cut off.
  const died = await Promise.race([
    first.gone.then(() => true),
    told.then(
      () => false,
      () => first.gone.then(() => true),
    ),
  ]);
  if (!died) await first.kill();
  if (death === "power cut") cutPower(place.dataDir, trace, atStart);

  const { promised } = seen;
  const second = startChild(place.command);
  try {
    const url = await second.ready;
    if (promised && seen.turnId !== undefined && !(await findTurn(url, seen.turnId))) {
      return { died, promised, fault: "the turn that was promised is gone" };
    }
    // A sender without a 2xx sends again; one with it only waits, and so does a platform.
    if (promised && way === "webhook") await until(() => (takenFor(stage, mark).length > 0 ? true : undefined));
    else await converse(stage, url, way, mark, seen);
    return { died, promised, fault: await judge(stage, url, way, mark, seen) };
  } catch (error) {
    return { died, promised, fault: error instanceof Error ? error.message : String(error) };
  } finally {
    await second.kill();
  }
};
