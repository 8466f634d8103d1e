/** Whose a turn is: an agent's, or lettabox's own, which answers commands. */
import { type AgentTurn, isForAgent, type Turn } from "../store/lanes.ts";

/** What can be done with a turn that nobody works on. Nothing here throws. */
type Hands<T extends Turn> = {
  run(turn: T): Promise<void>;
  park(turn: T): Promise<void>;
  endCancelled(turn: T): Promise<void>;
};

/** The hands that any turn can be put into. */
export const joinHands = (engine: Hands<AgentTurn>, commands: Hands<Turn>): Hands<Turn> => ({
  run: (turn) => (isForAgent(turn) ? engine.run(turn) : commands.run(turn)),
  park: (turn) => (isForAgent(turn) ? engine.park(turn) : commands.park(turn)),
  endCancelled: (turn) => (isForAgent(turn) ? engine.endCancelled(turn) : commands.endCancelled(turn)),
});
