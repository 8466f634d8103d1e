/** What the engine and commands ask about the people who speak; `people/` answers it. */
import type { AgentTurn } from "../store/lanes.ts";
import type { Persona } from "../store/personas.ts";

export type Personas = {
  /**
   * What the agents of an account may know of a person, as it stands now, made at first use; undefined when that is
   * switched off. Takes a second at most, and never throws: a message does not wait for what is known of its sender.
   */
  know(person: number, account: number): Promise<Persona | undefined>;
  /**
   * The same of whoever speaks in this turn; undefined when that is nobody, or more than one. What was written elsewhere
   * within the last minute may be missing.
   */
  meet(turn: AgentTurn): Promise<Persona | undefined>;
  /** Takes over what was written elsewhere, before something is made of what is known. As patient, and never throws. */
  renew(persona: number): Promise<void>;
  /** A persona was changed here: its block follows, beside. */
  save(persona: number): void;
  /** The same note is told again after this many turns of a person; 0 is never. */
  readonly noteEvery: number;
};
