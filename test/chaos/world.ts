/** What everyone who sends messages in the test shares. */
import type { Ledger } from "./exchange.ts";
import type { Platform } from "./platform.ts";
import type { Random } from "./random.ts";
import type { Victim } from "./victim.ts";

export type World = {
  readonly server: Victim;
  readonly platform: Platform;
  readonly ledger: Ledger;
  /** Chance of the sender called `name`. */
  readonly random: (name: string) => Random;
  /** People in the chats of the platform wait for each answer, so that a failure that is told there has one meaning. */
  readonly oneByOne: boolean;
  /** True when no more messages are to be written. */
  readonly closing: () => boolean;
  /** Fires when nobody is to wait any longer. */
  readonly abort: AbortSignal;
};
