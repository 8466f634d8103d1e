/**
 * What a command changes in the transaction that accepts it. A change and what came of it are JSON: the first goes to
 * the writer, the second is kept with the command until it is answered.
 */

/** `renew`: the chat begins a new conversation. `stop`: its turns are to stop, running and waiting ones. */
export type Change = { readonly kind: "renew" } | { readonly kind: "stop" };

export type Changed =
  /**
   * `chat` left a conversation of its own, `person` one of all the direct chats of its person, which go on in the new one
   * too, `shared` one that other chats share and that goes on without it. `fresh`: the present one was new already.
   */
  | { readonly kind: "renewed"; readonly left: "chat" | "person" | "shared" | "fresh" }
  /** How many turns were at work, how many messages waited, how many commands did. */
  | { readonly kind: "stopped"; readonly running: number; readonly messages: number; readonly commands: number };
