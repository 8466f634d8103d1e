/**
 * The nouns of the product. Channels turn platform updates into `Inbound`, turns produce `Reply`, renderers cut it into
 * `Part`s, and channels report what the platform accepted as `Sent`. This file imports nothing.
 */

/** A file that came with a message or goes out with one; bytes are fetched later, never carried in the message. */
export type FileRef = {
  readonly id: string;
  readonly name?: string;
  readonly mime?: string;
  readonly bytes?: number;
  readonly url?: string;
};

/** An image that travels with its message, whole. */
export type Image = {
  readonly mime: string;
  /** Base64. */
  readonly data: string;
};

/** Where something is said. `chat` is the part of the chat key behind `<bot>:`, opaque to everyone but the channel. */
export type Address = {
  readonly chat: string;
  /** Platform id of the message this one answers. */
  readonly reply?: string;
  /** Handle id of the only person who may see it, where the platform can do that. */
  readonly onlyFor?: string;
};

export type ChatKind = "direct" | "group" | "api";

export type Sender = {
  /** Platform id of the person inside the channel's realm. */
  readonly id: string;
  readonly realm?: string;
  readonly name?: string;
};

/** Which conversation of the agent a chat gets: the agent's own, or one per chat, per person, or per channel. */
export const conversationPolicies = ["shared", "per-chat", "per-person", "per-channel"] as const;
export type ConversationPolicy = (typeof conversationPolicies)[number];

export type InboundKind = "message" | "edit" | "delete" | "reaction" | "press" | "command" | "membership" | "stop";

/** One platform event, verified and parsed. */
export type Inbound = {
  /** Everything the platform may use to name this event; any known key makes it a duplicate. At least one. */
  readonly keys: readonly string[];
  readonly kind: InboundKind;
  readonly to: Address;
  readonly chatKind: ChatKind;
  readonly chatTitle?: string;
  readonly sender: Sender;
  readonly text: string;
  /** What was pressed, for kind `press`. */
  readonly choice?: string;
  readonly files: readonly FileRef[];
  /** Whether the bot was spoken to: a DM, a mention, a reply to it. */
  readonly addressed: boolean;
  /** Milliseconds since 1970, by the platform's clock. */
  readonly sentAt: number;
};

export type Choice = { readonly id: string; readonly label: string };

/** What an agent, a command or lettabox itself has to say, before it is cut to a platform's measure. */
export type Reply = {
  /** Markdown. */
  readonly text: string;
  readonly files?: readonly FileRef[];
  readonly choices?: readonly Choice[];
};

/** One message as a platform will get it: JSON, because it is stored before it is sent. */
export type Part = {
  readonly text: string;
  /** How `text` is marked up; the meaning belongs to the channel. */
  readonly format?: string;
  readonly file?: FileRef;
  readonly choices?: readonly Choice[];
};

/** What the platform accepted. */
export type Sent = { readonly id: string };
