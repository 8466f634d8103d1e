/**
 * What a command changes in the transaction that accepts it. A change and what came of it are JSON: the first goes to
 * the writer, the second is kept with the command until it is answered.
 */
import type { GroupMode, Steerer } from "../access/rules.ts";
import type { SettingChanges } from "./chat-settings.ts";

export type Change =
  /** The chat begins a new conversation. */
  | { readonly kind: "renew" }
  /** The chat's turns are to stop, running and waiting ones. */
  | { readonly kind: "stop" }
  /** The chat talks to this agent from now on, on the account it is on. */
  | { readonly kind: "choose"; readonly agentId: string; readonly agentName: string }
  /** How the chat is treated: nothing wider than what the operator allows, unless the operator says so. */
  | { readonly kind: "set"; readonly changes: SettingChanges }
  /** In which zone the sender is told times. */
  | { readonly kind: "set-zone"; readonly zone: string | null }
  /** A tool call that waits: `words` name it, and say why. */
  | { readonly kind: "allow"; readonly approve: boolean; readonly words: string }
  /** Whoever waits with this code is let in, or is not. */
  | { readonly kind: "decide"; readonly code: string; readonly approve: boolean };

/** What became of somebody's wish to be let in; `access/notices.ts` has the words for it, and for the next ones. */
export type Decided = {
  readonly kind: "decided";
  /** `missing`: there is no such code, or its hour is over. */
  readonly outcome: "approved" | "denied" | "missing";
  readonly of: "person" | "group";
  /** Where whoever asked is told, and what that place or person is called. */
  readonly chat: number | null;
  readonly name: string | null;
};

export type AccessChanged =
  /** The sender is the bot's operator now; `again`: they were already. */
  | { readonly kind: "claimed"; readonly again: boolean }
  /** Somebody waits to be let in: the sender, or the group for which they spoke; null when too many wait already. */
  | {
      readonly kind: "asked";
      readonly of: "person" | "group";
      readonly code: string | null;
      readonly name: string | null;
    }
  /** `claim`: a claim code that does not count. `named-only`: only people that the configuration names. */
  | { readonly kind: "refused"; readonly why: "claim" }
  | { readonly kind: "refused"; readonly why: "named-only"; readonly senderId: string }
  | { readonly kind: "refused"; readonly why: "daily-limit"; readonly scope: "chat" | "person"; readonly limit: number }
  /** A group is let in. */
  | { readonly kind: "admitted"; readonly mode: GroupMode }
  | Decided;

export type Changed =
  /** Nothing: only these may. `unsure` when it could not be found out whether the sender is one of them. */
  | { readonly kind: "forbidden"; readonly who: Steerer; readonly unsure: boolean }
  /**
   * `chat` left a conversation of its own, `person` one of all the direct chats of its person, which go on in the new one
   * too, `shared` one that other chats share and that goes on without it. `fresh`: the present one was new already.
   */
  | { readonly kind: "renewed"; readonly left: "chat" | "person" | "shared" | "fresh" }
  /** How many turns were at work, how many messages waited, how many commands did. */
  | { readonly kind: "stopped"; readonly running: number; readonly messages: number; readonly commands: number }
  /** `before`: the chat has talked to that agent before, and goes on there. */
  | { readonly kind: "chosen"; readonly before: boolean }
  | { readonly kind: "set" }
  /** Nothing: the operator allows no more than this. */
  | { readonly kind: "too-wide"; readonly of: keyof SettingChanges; readonly most: GroupMode | number | null }
  /**
   * A tool call: by its row. `now` by this command, `before` by somebody else, `late` after its time.
   * Without a row there was none that was meant.
   */
  | {
      readonly kind: "allowed";
      readonly approval: number | null;
      readonly outcome: "now" | "before" | "late" | "unknown";
    }
  | AccessChanged;
