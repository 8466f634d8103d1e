/**
 * What a command changes in the transaction that accepts it. A change and what came of it are JSON: the first goes to
 * the writer, the second is kept with the command until it is answered.
 */

import type { GroupMode } from "../access/rules.ts";

/**
 * `renew`: the chat begins a new conversation. `stop`: its turns are to stop, running and waiting ones. `decide`: whoever
 * waits with this code is let in, or is not.
 */
export type Change =
  | { readonly kind: "renew" }
  | { readonly kind: "stop" }
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
  /**
   * `chat` left a conversation of its own, `person` one of all the direct chats of its person, which go on in the new one
   * too, `shared` one that other chats share and that goes on without it. `fresh`: the present one was new already.
   */
  | { readonly kind: "renewed"; readonly left: "chat" | "person" | "shared" | "fresh" }
  /** How many turns were at work, how many messages waited, how many commands did. */
  | { readonly kind: "stopped"; readonly running: number; readonly messages: number; readonly commands: number }
  | AccessChanged;
