/** What a turn needs while it runs in this process. Everything that must outlive the process is in the store. */
import type { Bot } from "../channels/channel.ts";
import type { AccountAccess } from "../letta/access.ts";
import type { Target } from "../letta/upstream.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Addressee } from "../store/bindings.ts";
import { settingsOfChat } from "../store/chat-settings.ts";
import type { AgentTurn } from "../store/lanes.ts";
import { persist } from "../store/patience.ts";
import type { Store } from "../store/store.ts";
import { turnById, turnEventsAfter, type Usage } from "../store/turns.ts";
import { createDelivery, type Delivery } from "./deliver.ts";
import type { LiveEvent } from "./live-event.ts";
import type { Live } from "./live.ts";
import type { Personas } from "./personas.ts";

export type EngineDeps = {
  readonly store: Store;
  readonly live: Live;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly bots: ReadonlyMap<number, Bot>;
  /** An account that cannot be used has an upstream that throws why. */
  readonly accountAccess: (account: number) => AccountAccess;
  /** Whom a chat of this bot talks to that has chosen nobody. Throws why there is no agent to talk to. */
  readonly findAddressee: (bot: Bot) => Promise<Addressee>;
  readonly newOtid: () => string;
  readonly personas: Personas;
  /** Stores the bytes of an outgoing file under the number of its row, which comes after. */
  readonly keepFile: (id: number, bytes: Uint8Array) => Promise<void>;
  /** Parts for this chat are about to be committed: their write was asked for. */
  readonly speaking: (chat: number) => void;
  /** Parts for this chat were committed. */
  readonly spoke: (chat: number) => void;
  readonly limits: {
    /** A turn may stream this long. */
    readonly turnMs: number;
    /** Failures that prove nothing ran are retried this long together. */
    readonly patienceMs: number;
    /** Before the first of these retries; each further one waits twice as long. */
    readonly retryMs: number;
    /** A tool call waits this long for somebody to allow it. */
    readonly approvalMs: number;
    /** How long a search for a lost post may find nothing. */
    readonly searchMs: number;
    /** How long a run may show nothing new, after the server was seen down or otherwise. */
    readonly stuckAfterRefusalMs: number;
    readonly stuckMs: number;
    /** Between two looks at a run. */
    readonly pollMs: number;
  };
};

/** Why a running turn is interrupted from our side. */
export type Interruption = "drain" | "deadline";

export type Session = {
  /** Its agent may be one that has yet to be made. */
  turn: AgentTurn;
  readonly access: AccountAccess;
  /** Its conversation is empty until the server has made it. */
  target: Target;
  readonly delivery: Delivery;
  /** What its chat wants to see of the agent's work. */
  readonly shows: { readonly reasoning: boolean; readonly mark: boolean };
  /** When something was said in the chat last. */
  spokeAt: number;
  readonly abort: AbortController;
  /** Ends the turn when it streams too long; waiting for people does not count. */
  readonly deadline: { start(): void; hold(): void };
  /** Whole events stored so far; the next one is `seq + 1`. */
  seq: number;
  /** Parts of the agent that are stored: never said again. */
  readonly said: Set<string>;
  /** What the agent has said, message by message. */
  readonly texts: string[];
  /** Whom the agent may know of and keep something about in this turn. */
  personaId: number | null;
  /** Runs of this turn, in order. */
  readonly runIds: string[];
  /** Tokens of its streams together; null once one of them did not say. */
  usage: Usage | null;
  cancelled: boolean;
  /** Whether its work is done: nothing asks the server about it any more. */
  over: boolean;
  /** Whether a lost conversation was replaced already: once is enough. */
  moved: boolean;
  /** Whether it waits for people to decide. */
  waiting: boolean;
  /** Called when somebody decided something about this turn. */
  stirred: () => void;
  /** Preview that stands in the chat and waits to become the next part. */
  previewId: string | null;
};

const createDeadline = (ms: number, abort: AbortController): Session["deadline"] => {
  let timer: Timer | undefined;
  const hold = (): void => clearTimeout(timer);
  const start = (): void => {
    hold();
    timer = setTimeout(() => abort.abort("deadline"), ms);
  };
  return { start, hold };
};

export const openSession = (
  deps: EngineDeps,
  turn: AgentTurn,
  conversation: string,
  access: AccountAccess,
): Session => {
  const abort = new AbortController();
  const { reasoning, acknowledge } = settingsOfChat(deps.store.db, turn.chatId) ?? {};
  const session: Session = {
    turn,
    access,
    target: { agent: turn.agentId, conversation },
    delivery: createDelivery({ db: deps.store.db, bots: deps.bots, now: deps.now }, turn),
    shows: { reasoning: reasoning === true, mark: acknowledge === true },
    spokeAt: 0,
    abort,
    deadline: createDeadline(deps.limits.turnMs, abort),
    seq: 0,
    said: new Set(),
    texts: [],
    personaId: turn.personaId,
    runIds: turn.runId === null ? [] : [turn.runId],
    usage: turn.runId === null ? { promptTokens: 0, completionTokens: 0 } : null,
    // Read now, not when the turn was claimed: a stop in between must not be missed.
    cancelled: turnById(deps.store.db, turn.id)?.cancelAt != null,
    over: false,
    moved: false,
    waiting: false,
    stirred: () => undefined,
    previewId: turn.previewId,
  };
  for (;;) {
    const page = turnEventsAfter(deps.store.db, turn.id, session.seq);
    for (const row of page) {
      const event = JSON.parse(row.body) as LiveEvent;
      session.seq = row.seq;
      session.said.add(row.uuid);
      if (event.type === "assistant") session.texts.push(event.content);
    }
    if (page.length === 0) return session;
  }
};

export const interruption = (session: Session): Interruption | undefined =>
  session.abort.signal.aborted ? (session.abort.signal.reason as Interruption) : undefined;

/**
 * A write that belongs to a turn under way: while the disk is full it is tried again, because the agent has spoken
 * already and the answer must not be lost. Gives up only when the process stops; then the turn is reconciled.
 */
export const durably = <T>(deps: EngineDeps, session: Session, write: () => Promise<T>): Promise<T> =>
  persist(
    write,
    () => interruption(session) === "drain",
    () => deps.log.warn("turn.storage-failed", { turn: session.turn.publicId }),
  );
