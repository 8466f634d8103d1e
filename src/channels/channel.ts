/**
 * What a platform has to be able to do. A channel verifies, parses, formats and sends; retries, backoff, duplicates,
 * order, access, commands, splitting policy and storage are the pipeline's, the same for all.
 */
import type { Log } from "../log.ts";
import type { Address, FileRef, Inbound, Part, Reply, Sent } from "../message.ts";

export type Limits = {
  /** Longest text of one part, counted in `unit`. */
  readonly text: number;
  readonly unit: "bytes" | "utf16" | "codepoints";
  readonly fileBytes: number;
  /** Least time between two edits of a preview. */
  readonly editSpacingMs: number;
  readonly choices: { readonly max: number; readonly labelMax: number };
  /** How long the platform drops copies with the same `sendKey`; 0 = it does not know such keys. */
  readonly idempotentMs: number;
  /** Whether a part whose fate is unknown may be sent once more: yes where a copy is a nuisance, no where it costs money. */
  readonly copyWhenLost: boolean;
  /** How long the platform shows that somebody types; the sign is renewed before. 0 = it has none. */
  readonly typingMs: number;
  /** A preview vanishes when it is not shown anew for so long; 0 = it stays. */
  readonly previewMs: number;
  /** Parts a platform takes without complaint: from the bot in all, and in one chat of each kind. */
  readonly pace: { readonly bot: Pace; readonly direct: Pace; readonly group: Pace };
};

/** `burst` at once, then one every `everyMs`. */
export type Pace = { readonly burst: number; readonly everyMs: number };

/** What a chat is shown while the agent works. At least one of them is not empty. */
export type Shown = {
  /** What it has written so far: Markdown that may end anywhere. */
  readonly text: string;
  /** What it does now, in one line: "Searching the web". */
  readonly activity?: string;
};

/** A command as platforms list it in menus. */
export type CommandInfo = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly usage: string;
  readonly who: "anyone" | "owner" | "chat-admin" | "operator";
};

export type Receipt = { readonly messageId: string; readonly state: "delivered" | "read" | "failed" };

export type Received = {
  readonly events: readonly Inbound[];
  readonly receipts: readonly Receipt[];
  /** Sent only after the events are committed. */
  readonly response: Response;
};

export type SendOptions = {
  /** The same for every attempt at the same message. */
  readonly sendKey: string;
  /** Platform id of a preview to edit into the part. */
  readonly replaces?: string;
  readonly abort: AbortSignal;
};

export type Listening = {
  /** Commits the events and the cursor in one transaction; when it resolves, the platform may be told. */
  readonly accept: (events: readonly Inbound[], at: { readonly cursor?: string }) => Promise<void>;
  readonly cursor: string | undefined;
  readonly abort: AbortSignal;
};

export type Channel = {
  readonly limits: Limits;
  /** Pure; every part is within `limits`. */
  render(reply: Reply): readonly Part[];
  /**
   * One attempt at one message. Where the platform takes no more than a beginning of the part in one, it answers the rest,
   * which is stored before it is said: so whatever happens in between, nothing is said twice. Throws `Fault` with a
   * `send_…` or `bot_…` code whose verdict says what is known.
   */
  send(to: Address, part: Part, options: SendOptions): Promise<Sent>;
  /** Webhooks: verifies first, throws `unauthorized`; a handshake returns no events. */
  receive?(request: Request): Promise<Received>;
  /** Sockets and polling; resolves only on abort and reconnects by itself. */
  listen?(listening: Listening): Promise<void>;
  /**
   * Shows what the agent does and writes; the first call has no `previous`. Best effort. Answers the preview's id, which
   * comes back as `previous`, as `replaces` of the part that it becomes, or to `remove`; what it says is the channel's.
   */
  preview?(
    to: Address,
    shown: Shown,
    options: { readonly previous?: string; readonly abort: AbortSignal },
  ): Promise<Sent>;
  typing?(to: Address, abort: AbortSignal): Promise<void>;
  /** Puts one emoji on a message, or takes back the bot's own with null. Best effort. */
  react?(to: Address, messageId: string, emoji: string | null, abort: AbortSignal): Promise<void>;
  /** Tells the platform that a press came, with a short word for whoever pressed. Best effort. */
  answerPress?(to: Address, pressId: string, word: string | undefined, abort: AbortSignal): Promise<void>;
  /** Whether the platform calls this person an administrator of the chat. */
  isAdmin?(to: Address, senderId: string, abort: AbortSignal): Promise<boolean>;
  /** Leaves a group. */
  leave?(to: Address, abort: AbortSignal): Promise<void>;
  remove?(to: Address, messageId: string, abort: AbortSignal): Promise<void>;
  /** The bytes of an incoming file, with `content-length` where it is known. Throws `file_unavailable`, or as `send`. */
  download?(file: FileRef, abort: AbortSignal): Promise<Response>;
  /** Registers webhook and command menu; may be called at every start. */
  install?(abort: AbortSignal): Promise<void>;
  /** Who the token belongs to. */
  check(abort: AbortSignal): Promise<Identity>;
};

export type Identity = {
  readonly identity: string;
  readonly name: string;
  /** An address that opens a chat with the bot and sends `/start <payload>` in it, where the platform has such. */
  readonly startLink?: (payload: string) => string;
  /** Whether the platform shows it everything that is said in groups; absent where that is no question. */
  readonly hearsAll?: boolean;
};

export type ChannelDeps<Config> = {
  readonly config: Config;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly log: Log;
  /** Where the platform can reach the bot's webhook; undefined when the world cannot reach this server. */
  readonly webhookUrl: string | undefined;
  /** A secret of this bot's own that is the same at every start: 43 characters of A-Z a-z 0-9 _ -, one for each name. */
  readonly secretFor: (name: string) => string;
  readonly commands: readonly CommandInfo[];
  /** The bytes of an outgoing file. Throws `send_refused` when they are gone. */
  readonly openFile: (file: FileRef) => Promise<Blob>;
};

/** A configured instance of a channel, as the pipeline sees it. */
export type Bot = {
  readonly id: number;
  readonly slug: string;
  readonly channelName: string;
  readonly channel: Channel;
  readonly cursor: string | undefined;
  /** As its platform said at the last check; undefined while it has not. */
  readonly startLink?: Identity["startLink"] | undefined;
};
