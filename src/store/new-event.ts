/** What the store is told of an event, what it keeps of its content, and what it answers. */
import type { Admission } from "../access/rules.ts";
import type { Attachment, ChatKind, FileRef, Image, InboundKind, Quoted } from "../message.ts";
import type { Trigger } from "../turn/states.ts";
import type { Addressee } from "./bindings.ts";
import type { CancelAnswer } from "./cancel.ts";
import type { AcceptedCommand, CommandRequest } from "./commands.ts";
import type { Greeting } from "./greet.ts";

/** Where an event came in, and from whom. */
export type Place = { readonly chat: number; readonly handle: number | null };

/** Somebody put emoji on a message, or took them back. */
export type Noted = {
  readonly by?: string;
  /** The platform's id of the message. */
  readonly about?: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
};

/** What a caller who sends whole histories tells beside the message: what the agent has not heard of them. */
export type Told = {
  /** What the caller's client asks of whoever answers. */
  readonly instructions?: string;
  /** What was said before the message; `omitted` counts the messages in front of these, which are too many. */
  readonly earlier?: readonly { readonly by: "user" | "assistant"; readonly text: string }[];
  readonly omitted?: number;
  /** The message was answered before, and another answer is asked for. */
  readonly again?: true;
};

/** What is kept of an event's content. */
export type InboxPayload = {
  readonly text: string;
  readonly files: readonly FileRef[];
  readonly images?: readonly Image[];
  readonly sender?: { readonly id: string; readonly name?: string };
  /** What the platform calls the message itself: an answer refers to it. */
  readonly reply?: string;
  /** The bot was not spoken to: it only heard it. */
  readonly addressed?: false;
  readonly attachments?: readonly Attachment[];
  readonly quoted?: Quoted;
  readonly forwardedFrom?: string;
  readonly album?: string;
  /** The message that an edit changes, that a reaction was put on, or that has the button that was pressed. */
  readonly about?: string;
  readonly reaction?: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Reactions in the chat since the message before, oldest first. */
  readonly noted?: readonly Noted[];
  readonly told?: Told;
};

/** What an event asks of an agent; absent for commands, and for events that rules leave unanswered. */
export type TurnRequest = Addressee & {
  readonly publicId: string;
  readonly trigger: Trigger;
  /** May join a queued turn of its chat, under the same binding: `merging.ts` says which. */
  readonly merges: boolean;
  /** Waits so long for others to join it, where nothing was set for its chat. */
  readonly waitMs?: number;
  /** The agent only listens: nothing it says is delivered. */
  readonly muted?: boolean;
  readonly dueAt: number;
};

export type NewEvent = {
  readonly at: number;
  readonly botId: number;
  readonly keys: readonly string[];
  readonly bodyHash?: string;
  readonly chat: {
    readonly key: string;
    readonly kind: ChatKind;
    readonly title?: string;
    readonly tokenId?: number;
    /** Key of the chat that it is a part of. */
    readonly within?: string;
  };
  readonly sender?: { readonly handle: string; readonly name?: string };
  readonly kind: InboundKind;
  /** Where its chat goes on, as in `Address.chat`. */
  readonly movedTo?: string;
  readonly sentAt: number;
  readonly payload: InboxPayload;
  /** Why rules leave it unanswered; its text is not stored then, unless it is `noted`. */
  readonly ignored?: string;
  readonly turn?: TurnRequest;
  readonly command?: CommandRequest;
  /** What the text stands for, should the list with this row still be open. */
  readonly numbered?: { readonly row: number; readonly line: string; readonly command: CommandRequest };
  /** Absent for the bot `api`, whose callers have shown a token. */
  readonly admission?: Admission;
  /** Names the turn that answers the event, when lettabox itself does. */
  readonly publicId?: string;
  /** Was made for somebody who was not let in when it was looked at: `turn` and `command` are missing. */
  readonly unprepared?: true;
  /** What a newcomer is told before the agent's first reply. */
  readonly greeting?: Greeting;
};

export type Accepted =
  | {
      readonly outcome: "queued" | "merged";
      readonly turn: number;
      readonly turnId: string;
      readonly lane: number;
      /** The chat, when something is to be sent there before the turn says anything. */
      readonly greeted?: number;
    }
  | ({ readonly outcome: "command"; readonly turnId: string; readonly chat: number } & AcceptedCommand)
  /** `why` is the rule that says so. */
  | { readonly outcome: "ignored"; readonly why?: string | undefined }
  /** The sender asked to stop: these turns are marked, in the same transaction. */
  | { readonly outcome: "stop"; readonly stopped: readonly CancelAnswer[] }
  /** Known by one of its keys. `conflict`: the same key stood on another body. `turnId` is null when it was ignored or pruned. */
  | { readonly outcome: "duplicate"; readonly turnId: string | null; readonly conflict: boolean };
