/**
 * What a command is. One file holds one command, `registry.ts` lists it; `/help`, the menus of the platforms and the
 * documentation derive from that list.
 *
 * A command is accepted like a message: its row is committed, and with it, in the same transaction, what it changes
 * (`change`). Its answer comes later and is asked for again when a restart came in between, so `answer` may run twice
 * although only one answer is sent: what it does upstream has to bear that.
 */
import type { BotAccess, Steerer } from "../access/rules.ts";
import type { Fault } from "../errors.ts";
import type { Upstream } from "../letta/upstream.ts";
import type { ChatKind } from "../message.ts";
import type { Agent } from "../store/accounts.ts";
import type { Change, Changed } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import type { Words } from "../turn/offer.ts";
import type { Personas } from "../turn/personas.ts";

/** What a command is answered with. */
export type CommandReply = Words & {
  /** Said in other chats, by their rows, in the same transaction. */
  readonly also?: readonly { readonly chat: number; readonly reply: Words }[];
  /** Where a button was pressed, this takes the place of the message that has it. */
  readonly inPlace?: boolean;
};

/** The house account, as commands see it. */
export type House = {
  readonly account: number;
  readonly server: string;
  /** The agents that may be used, the default first; looks for new ones now and then. Never throws. */
  refresh(): Promise<readonly Agent[]>;
  /** Why it cannot be used right now. */
  problem(): Fault | undefined;
};

/** Whom a chat talks to: its binding at the moment the command was accepted, and after its change. */
export type Talk = {
  readonly account: number;
  readonly agent: { readonly id: string; readonly name: string };
  /** The row of the conversation. */
  readonly conversation: number;
  /** `default`, or `conv-…`; null while the server has not made it. */
  readonly upstreamId: string | null;
  /** What cannot be used throws why. */
  readonly upstream: Upstream;
};

export type CommandContext = {
  /** What stands behind the command's name, trimmed. */
  readonly words: string;
  /** What came of `change`; undefined when there was none. */
  readonly changed: Changed | undefined;
  /** Whose rows these are. */
  readonly owner: string;
  readonly chat: { readonly id: number; readonly kind: ChatKind; readonly title: string | null };
  /** Row of the bot that it was sent to. */
  readonly bot: number;
  /** Row of the person who sent it. */
  readonly person: number | null;
  /** Whether this person is an operator of the bot. */
  readonly operates: boolean;
  readonly house: House;
  /** Who may talk to the bot, by its configuration. */
  readonly access: BotAccess;
  readonly store: Pick<Store, "db" | "write">;
  /** All commands that there are. */
  readonly commands: readonly Command[];
  readonly personas: Personas;
  readonly now: () => number;
  /** Ends when the process does, or when the command has taken too long. */
  readonly abort: AbortSignal;
};

/** What is known when a command is accepted, before anybody was asked. */
export type Known = {
  readonly kind: ChatKind;
  /** The agents of the account, for a command that needs one. */
  readonly agents: readonly Agent[];
};

type Answer<Context> = (context: Context) => CommandReply | Promise<CommandReply>;

export type Command = {
  /** Lower case, words joined by hyphens. People may write underscores and capitals as well. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One line for lists and menus, without a full stop. */
  readonly summary: string;
  /** `/name`, with what may stand behind it: `<text>` has to, `[text]` may. */
  readonly usage: string;
  /** Whether words may stand behind the name; if not, such a line is answered with the usage and changes nothing. */
  readonly takesWords: boolean;
  /** Who may use it. Whoever may not is told so, and nothing changes. */
  readonly who: Steerer;
  /** `at-once`: whatever its chat waits for. `in-order`: at its place among the chat's events. */
  readonly when: "at-once" | "in-order";
  /** What it changes, by the words behind its name. */
  readonly change?: (words: string, known: Known) => Change | undefined;
} & (
  | { readonly needs: "nothing"; readonly answer: Answer<CommandContext> }
  /**
   * `agent`: the chat is bound to its agent first, if it is not yet. `conversation`: it works on the conversation, so it
   * stands in its lane and has it to itself, as a turn has.
   */
  | { readonly needs: "agent" | "conversation"; readonly answer: Answer<CommandContext & { readonly talk: Talk }> }
);
