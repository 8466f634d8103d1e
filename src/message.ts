/**
 * The nouns of the product. Channels turn platform updates into `Inbound`, turns produce `Reply`, renderers cut it into
 * `Part`s, and channels report what the platform accepted as `Sent`. This file imports nothing.
 */

/** What a file is to a person. */
export type FileKind = "image" | "voice" | "audio" | "video" | "sticker" | "document";

/** A file that came with a message or goes out with one; bytes are fetched later, never carried in the message. */
export type FileRef = {
  /** Incoming: what the channel fetches it by. Outgoing: its row and its name in the data directory. */
  readonly id: string;
  readonly kind?: FileKind;
  readonly name?: string;
  readonly mime?: string;
  readonly bytes?: number;
  /** How long it plays, in seconds. */
  readonly seconds?: number;
  readonly url?: string;
};

/** Something in a message that is neither text nor a file, told in words: a place, a contact, a poll. */
export type Attachment = {
  /** One word for what it is: `location`, `contact`, `poll`. */
  readonly what: string;
  readonly text: string;
};

/** The message that another one answers, as far as the platform shows it. */
export type Quoted = {
  readonly id: string;
  readonly sender?: string;
  /** The part that was quoted, else all of it; empty when it had no text. */
  readonly text: string;
  /** It is one of this bot's own. */
  readonly own: boolean;
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
  /** How the platform lets others find them, without the `@`; they may change it. */
  readonly username?: string;
};

/** Which conversation of the agent a chat gets: the agent's own, or one per chat, per person, or per channel. */
export const conversationPolicies = ["shared", "per-chat", "per-person", "per-channel"] as const;
export type ConversationPolicy = (typeof conversationPolicies)[number];

/** What became of the bot's own place in a chat; the sender did it. */
export type Membership =
  /** The bot may read and write there now: somebody added or unblocked it. */
  | { readonly change: "added" }
  /** It may not any more: it was removed or blocked. */
  | { readonly change: "removed" }
  /** The chat goes on under another address; its rows follow. */
  | { readonly change: "moved"; readonly chat: string };

export type InboundKind =
  | "message"
  | "edit"
  | "delete"
  | "reaction"
  | "press"
  | "command"
  | "membership"
  | "stop"
  /** What nobody has a use for: its keys are kept, so that the platform need not send it again. */
  | "other";

/** One platform event, verified and parsed. */
export type Inbound = {
  /** Everything the platform may use to name this event; any known key makes it a duplicate. At least one. */
  readonly keys: readonly string[];
  readonly kind: InboundKind;
  /** For kind `other`: what it is, in words of the platform joined by hyphens. It becomes the reason why it is ignored. */
  readonly what?: string;
  readonly to: Address;
  readonly chatKind: ChatKind;
  readonly chatTitle?: string;
  /** The chat that this one is a part of, as in `Address.chat`: a topic's group. Who may talk is decided for the whole. */
  readonly within?: string;
  readonly sender: Sender;
  readonly text: string;
  /** Platform id of the message that an edit, a press, a reaction or a deletion is about. */
  readonly about?: string;
  /** What was pressed, for kind `press`: the `id` of a `Choice`. */
  readonly choice?: string;
  /** Names a press to the platform, which waits to hear that it came. */
  readonly pressId?: string;
  /** Emoji that the sender put on a message or took from it, for kind `reaction`. */
  readonly reaction?: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** For kind `membership`. */
  readonly membership?: Membership;
  readonly files: readonly FileRef[];
  readonly attachments?: readonly Attachment[];
  readonly quoted?: Quoted;
  /** Who wrote it first, when it was passed on. */
  readonly forwardedFrom?: string;
  /** Messages of a chat with the same album are one message that the platform sent in pieces. */
  readonly album?: string;
  /** Whether the bot was spoken to: a DM, a mention, a reply to it. */
  readonly addressed: boolean;
  /** Milliseconds since 1970, by the platform's clock. */
  readonly sentAt: number;
};

/** A button. `id` is what a press of it names; the platform shows `label`. */
export type Choice = {
  readonly id: string;
  readonly label: string;
  /** The command line that a press stands for; the platform never sees it. */
  readonly line?: string;
};

/** What an agent, a command or lettabox itself has to say, before it is cut to a platform's measure. */
export type Reply = {
  /** Markdown. */
  readonly text: string;
  readonly files?: readonly FileRef[];
  readonly choices?: readonly Choice[];
  /** What the agent thought, not what it says: shown smaller or folded, where the platform can. */
  readonly aside?: true;
};

/** What a stretch of text looks like. `pre` is a block of code, `code` a word of it; neither holds other styles. */
export const spanStyles = ["bold", "italic", "strike", "spoiler", "code", "pre", "link", "quote"] as const;
export type SpanStyle = (typeof spanStyles)[number];

/** A stretch of a text that is shown in its own way. Offsets count UTF-16 units; spans lie in or beside each other. */
export type Span = {
  readonly style: SpanStyle;
  readonly at: number;
  readonly length: number;
  /** What a `pre` is written in. */
  readonly language?: string;
  /** Where a `link` leads. */
  readonly href?: string;
};

/** One message as a platform will get it: JSON, because it is stored before it is sent. */
export type Part = {
  readonly text: string;
  /** How `text` is marked up; the meaning belongs to the channel. */
  readonly format?: string;
  /** How `text` is to look, for platforms that are told so beside it. */
  readonly spans?: readonly Span[];
  readonly file?: FileRef;
  readonly choices?: readonly Choice[];
  /** Choices that stand in the text as a numbered list, where the platform cannot show them: a number is as good as a press. */
  readonly numbered?: readonly Choice[];
};

/** What the platform accepted. */
export type Sent = {
  readonly id: string;
  /** What of the part it has not got yet: said next, one after the other, before anything else in the chat. */
  readonly rest?: readonly Part[];
};
