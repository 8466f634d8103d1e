/**
 * Works through the commands of each chat that stand in no lane: those that wait for their place, and beside them, so
 * that nothing holds them up, those that are answered at once.
 */
import { createRunner, type Runner } from "../runner.ts";
import { commandQueue, type CommandTrigger, openCommands } from "../store/commands.ts";
import type { Turn } from "../store/lanes.ts";
import { type CommandDeps, type CommandWork, createCommandWork } from "./work.ts";

export type CommandsDeps = CommandDeps & {
  /** A turn has come to its end. */
  readonly ended: (turn: Turn) => void;
};

/** Keys are chats. */
export const createCommands = (deps: CommandsDeps): Runner & CommandWork => {
  const { store, now } = deps;
  const work = createCommandWork(deps);
  const runnerOf = (trigger: CommandTrigger): Runner =>
    createRunner<Turn>({
      ...deps,
      ...commandQueue(store.db, trigger),
      claim: (chat) => store.write.claimCommand({ chat, trigger, boot: store.boot, at: now() }),
      work: (turn) => work.run(turn).finally(() => deps.ended(turn)),
    });
  const runners = { control: runnerOf("control"), command: runnerOf("command") };
  const both = [runners.control, runners.command];
  return {
    ...work,
    // Most chats that are poked have none, and claiming is a write.
    poke: (chat) => openCommands(store.db, chat).forEach((trigger) => runners[trigger].poke(chat)),
    pokeAll: () => both.forEach((runner) => runner.pokeAll()),
    start: () => both.forEach((runner) => runner.start()),
    stop: async () => {
      await Promise.all(both.map((runner) => runner.stop()));
    },
  };
};
