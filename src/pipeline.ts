/**
 * The story of a message.
 *
 *   accept   A channel or the chat API hands over an event. `inbox` drops duplicates, decides whom it is for and commits
 *            it; only then is the platform or caller told (`inbox/`, `store/inbox.ts`).
 *   claim    Each conversation is a lane that runs one turn at a time; the oldest turn that may run is leased to this
 *            boot (`store/lanes.ts`). A command waits for its place in its chat only, or for nothing (`store/commands.ts`).
 *   turn     The request is frozen, posted to Letta once, and streamed back. What the agent says is committed message by
 *            message; who listens gets it word by word (`turn/`, `letta/`). Commands are answered here (`commands/`).
 *   render   Each message is cut into parts that fit the platform (`render/`, the channel's `render`).
 *   outbox   The parts are rows of the same transaction that stored the message (`store/outbox.ts`).
 *   send     Each chat's parts go out in order, each with its own verdict (`outbox/`).
 *
 * A kill anywhere leaves rows; the next start looks at each and goes on from there.
 */
import { joinHands } from "./commands/dispatch.ts";
import { type CommandsDeps, createCommands } from "./commands/runner.ts";
import { createSender } from "./outbox/sender.ts";
import { createRunner } from "./runner.ts";
import { type AgentTurn, laneOfChat, laneQueue, stranded, type Turn } from "./store/lanes.ts";
import { chatQueue } from "./store/outbox.ts";
import { type CancelAnswer } from "./store/cancel.ts";
import { turnById } from "./store/turns.ts";
import { createTakeover } from "./turn/takeover.ts";
import { createEngine } from "./turn/engine.ts";
import type { EngineDeps } from "./turn/session.ts";

export type Pipeline = ReturnType<typeof createPipeline>;

/** `share`: turns of one person, group or API chat that may run at once. */
type Deps = Omit<EngineDeps & CommandsDeps, "speaking" | "spoke" | "abort" | "ended"> & { readonly share: number };

export const createPipeline = (deps: Deps) => {
  const { store, now, share } = deps;
  const stopping = new AbortController();
  const starved = new Set<number>(); // lanes whose head could run but for its share

  /** What the end of a turn may let in: its lane, the next of its chat, and whoever waited for its share. */
  const turnEnded = ({ conversationId, chatId }: Turn): void => {
    for (const lane of [conversationId, laneOfChat(store.db, chatId), ...starved]) if (lane != null) lanes.poke(lane);
    starved.clear();
    pokeChat(chatId);
  };
  /** Something new stands in this chat: a command, or a part to be sent. */
  const pokeChat = (chat: number): void => [commands, parts].forEach((runner) => runner.poke(chat));

  const engine = createEngine({ ...deps, speaking: (chat) => sender.expect(chat), spoke: pokeChat });
  const commands = createCommands({ ...deps, spoke: pokeChat, ended: turnEnded, abort: stopping.signal });
  const hands = joinHands(engine, commands);
  const sender = createSender({ ...deps, poke: (chat) => parts.poke(chat) });

  const lanes = createRunner<AgentTurn>({
    ...deps,
    ...laneQueue(store.db),
    claim: async (lane) => {
      const claimed = await store.write.claimTurn({ lane, boot: store.boot, at: now(), share });
      if (claimed.starved) starved.add(lane);
      return claimed.turn;
    },
    work: (turn) => hands.run(turn).finally(() => turnEnded(turn)),
  });

  const parts = createRunner({
    ...deps,
    ...chatQueue(store.db),
    claim: (chat) => sender.claim(chat, stopping.signal),
    work: (part) => sender.send(part, stopping.signal),
  });

  const takeover = createTakeover(turnEnded, deps.log);
  return {
    /** A turn was queued in this lane: see whether it may run. */
    poke: (lane: number): void => lanes.poke(lane),
    pokeChat,
    /** Something that kept many from running is over. */
    pokeAll: (): void => lanes.pokeAll(),
    /** An approval of this turn was decided. */
    decided: (turn: number): void => engine.decided(turn),

    /** Gives up on what waited too long for its account to be mended. */
    giveUp: async (before: number): Promise<void> => {
      for (const turn of stranded(store.db, before)) {
        await engine.giveUp(turn);
        turnEnded(turn);
      }
    },

    /** Stops a turn wherever it is; what was only queued ends at once. */
    cancel: async (stopped: readonly CancelAnswer[]): Promise<void> => {
      for (const { turn, wasQueued } of stopped) {
        const row = turnById(store.db, turn);
        if (engine.cancel(turn) || !wasQueued || !row) continue;
        await hands.endCancelled(row);
        turnEnded(row);
      }
    },

    /** Takes over what the previous process held, then works through what is queued. */
    start: async (): Promise<void> => {
      const { uncertain, waiting, parked } = await store.write.reclaimTurns({ boot: store.boot, at: now() });
      for (const turn of parked) takeover.take(turn, hands.park);
      for (const turn of [...uncertain, ...waiting]) takeover.take(turn, engine.reconcile);
      for (const part of await store.write.reclaimParts({ boot: store.boot })) await sender.doubt(part);
      for (const runner of [lanes, commands, parts]) runner.start();
    },

    /** Lets what runs come to its end for `drainMs`; the rest is left to be reconciled at the next start. */
    stop: async (drainMs: number): Promise<void> => {
      const ended = Promise.all([lanes.stop(), commands.stop(), parts.stop(), takeover.settled()]);
      engine.interrupt("waiting");
      const late = setTimeout(() => {
        engine.interrupt("all");
        stopping.abort();
      }, drainMs);
      await ended;
      clearTimeout(late);
    },
  };
};
