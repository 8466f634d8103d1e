/**
 * The person who runs it: allows or forbids what the agent wants to do, some time after it has asked, and has sent again
 * what may not have arrived and lettabox does not send a third time by itself.
 */
import { ask } from "./ask.ts";
import type { World } from "./world.ts";

/** What was decided about one tool call; it counts from when the server has acknowledged it. */
export type Decision = { readonly toolCallId: string; readonly turnId: string; readonly approve: boolean };

export type Operator = {
  readonly decisions: readonly Decision[];
  /** The texts of parts that were sent again by hand, once for each time. */
  readonly sentAgain: () => readonly string[];
  /** Resolves at the end of a round in which `isOver` was true. */
  readonly done: Promise<void>;
};

type Listed = {
  readonly turnId: string;
  readonly state: string;
  readonly finishedAt: string | null;
  readonly approvals: readonly { readonly toolCallId: string; readonly approve: boolean | null }[];
};

type Letter = { readonly id: number; readonly source: string; readonly code: string };

const lookMs = 100;
const longestThoughtMs = 1_500;

export const startOperator = (world: World, isOver: () => boolean): Operator => {
  const random = world.random("operator");
  const decisions: Decision[] = [];
  /** What will be said about a call, and when. */
  const thoughts = new Map<string, { readonly approve: boolean; readonly at: number }>();

  const decide = async (turnId: string, toolCallId: string): Promise<void> => {
    const thought = thoughts.get(toolCallId) ?? {
      approve: random.chance(0.5),
      at: Date.now() + random.between(0, longestThoughtMs),
    };
    thoughts.set(toolCallId, thought);
    const { approve, at } = thought;
    if (Date.now() < at || decisions.some((one) => one.toolCallId === toolCallId)) return;
    const response = await ask(world, {
      path: `/api/v1/turns/${turnId}/approval`,
      init: {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ approve, toolCallId }),
      },
    });
    // 409: it was decided by a request of ours whose answer was cut off.
    if (response.ok || response.status === 409) decisions.push({ toolCallId, turnId, approve });
  };

  /** Turns that were not over when they were last looked at. */
  const open = new Set<string>();

  const read = async (turn: Listed): Promise<void> => {
    if (turn.finishedAt === null) open.add(turn.turnId);
    else open.delete(turn.turnId);
    if (turn.state !== "waiting") return;
    for (const { toolCallId, approve } of turn.approvals) if (approve === null) await decide(turn.turnId, toolCallId);
  };

  /** The newest turns, and those further back that may still ask. */
  const look = async (): Promise<void> => {
    const response = await ask(world, { path: "/api/v1/turns?limit=200" });
    const { turns } = (await response.json()) as { readonly turns: readonly Listed[] };
    const listed = new Set(turns.map(({ turnId }) => turnId));
    for (const turn of turns) await read(turn);
    for (const turnId of [...open].filter((one) => !listed.has(one))) {
      await read((await (await ask(world, { path: `/api/v1/turns/${turnId}` })).json()) as Listed);
    }
  };

  /** By their dead letters: a request that a kill cuts off is made again, and means the same. */
  const again = new Map<number, string>();

  const sendAgain = async (): Promise<void> => {
    const listed = await ask(world, { path: "/api/v1/dead-letters" });
    const { deadLetters } = (await listed.json()) as { readonly deadLetters: readonly Letter[] };
    for (const { id } of deadLetters.filter(({ source, code }) => source === "outbox" && code === "send_lost")) {
      const shown = await (await ask(world, { path: `/api/v1/dead-letters/${id}` })).json();
      again.set(id, (shown as { readonly part?: { readonly text?: string } }).part?.text ?? "");
      await ask(world, { path: `/api/v1/dead-letters/${id}/retry`, init: { method: "POST" } });
    }
  };

  const work = async (): Promise<void> => {
    while (!isOver() && !world.abort.aborted) {
      // The process was killed: that is the test.
      await look().catch(() => undefined);
      await sendAgain().catch(() => undefined);
      await Bun.sleep(lookMs);
    }
  };

  return { decisions, sentAgain: () => [...again.values()], done: work() };
};
