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
};

export type Receipt = { readonly messageId: string; readonly state: "delivered" | "read" | "failed" };

export type Received = {
  readonly events: readonly Inbound[];
  readonly receipts: readonly Receipt[];
  /** Sent only after the events are committed. */
  readonly response: Response;
};

export type SendOptions = {
  /** The same for every attempt at the same part. */
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
  /** One attempt. Throws `Fault` with a `send_…` code whose verdict says what is known. */
  send(to: Address, part: Part, options: SendOptions): Promise<Sent>;
  /** Webhooks: verifies first, throws `unauthorized`; a handshake returns no events. */
  receive?(request: Request): Promise<Received>;
  /** Sockets and polling; resolves only on abort and reconnects by itself. */
  listen?(listening: Listening): Promise<void>;
  /** Shows what the agent is writing; the first call has no `previous`. Best effort. Answers the id of an edit-mode preview. */
  preview?(
    to: Address,
    text: string,
    options: { readonly previous?: string; readonly abort: AbortSignal },
  ): Promise<Sent>;
  typing?(to: Address, abort: AbortSignal): Promise<void>;
  remove?(to: Address, messageId: string, abort: AbortSignal): Promise<void>;
  download?(file: FileRef, abort: AbortSignal): Promise<Response>;
  /** Registers webhook and command menu; may be called at every start. */
  install?(abort: AbortSignal): Promise<void>;
  /** Who the token belongs to: the bot's identity. */
  check(abort: AbortSignal): Promise<{ readonly identity: string; readonly name: string }>;
};

export type ChannelDeps<Config> = {
  readonly config: Config;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly log: Log;
  readonly publicUrl: string | undefined;
};

/** A configured instance of a channel, as the pipeline sees it. */
export type Bot = {
  readonly id: number;
  readonly slug: string;
  readonly channelName: string;
  readonly channel: Channel;
  readonly cursor: string | undefined;
};
