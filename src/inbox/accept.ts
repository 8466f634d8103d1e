/** The door: from a verified event to a committed row, and what the rules say about it. */
import { asFault, Fault } from "../errors.ts";
import type { Bot } from "../channels/channel.ts";
import type { ConversationPolicy, Inbound } from "../message.ts";
import type { House } from "../people/house.ts";
import type { Agent } from "../store/accounts.ts";
import type { Accepted, NewEvent, TurnRequest } from "../store/inbox.ts";
import type { Store } from "../store/store.ts";
import type { CancelAnswer } from "../store/cancel.ts";

/** Deliveries older than this are refused: their keys may have been forgotten. */
const oldestMs = 30 * 24 * 3_600_000;
/** A message waits this long for its sender to add to it. */
const debounceMs = 0;

export type Inbox = {
  /** Accepts what a bot received, with the listener's cursor, in one transaction. Throws `storage_…` and then nothing is kept. */
  receive(bot: Bot, events: readonly Inbound[], cursor?: string): Promise<readonly Accepted[]>;
  /** Accepts one request of the chat API. */
  request(request: ApiRequest): Promise<Exclude<Accepted, { outcome: "ignored" | "stop" | "merged" }>>;
};

export type ApiRequest = {
  readonly tokenId: number;
  readonly text: string;
  readonly agent: Agent;
  /** Part of the chat's key behind the token's; undefined is the token's own chat. */
  readonly chat: string | undefined;
  readonly conversation: TurnRequest["conversation"];
  readonly idempotencyKey: string | undefined;
  /** Hash of everything the request says. */
  readonly bodyHash: string;
};

/** Whatever kept it from being committed, the sender may try again: nothing of it was kept. */
const committed = async <T>(write: Promise<T>): Promise<T> => {
  try {
    return await write;
  } catch (error) {
    const fault = asFault(error);
    throw fault.code === "internal" ? new Fault("storage_failed", { cause: fault.cause }) : fault;
  }
};

export type Pokes = {
  readonly poke: (lane: number) => void;
  readonly cancel: (stopped: readonly CancelAnswer[]) => Promise<void>;
};

/** Why an event stays unanswered, by rule. */
const refusal = (event: Inbound, at: number): string | undefined => {
  if (event.sentAt < at - oldestMs) return "too-old";
  if (event.kind === "stop") return undefined;
  if (event.kind !== "message") return `kind-${event.kind}`;
  if (event.chatKind === "group" && !event.addressed) return "not-addressed";
  return event.text.trim() === "" && event.files.length === 0 ? "empty" : undefined;
};

export const createInbox = (deps: {
  readonly store: Store;
  readonly house: House;
  readonly apiBot: number;
  readonly pipeline: Pokes;
  readonly now: () => number;
  readonly newTurnId: () => string;
  readonly newKey: () => string;
  /** Which conversation a chat gets that has none yet. */
  readonly conversations: ConversationPolicy;
}): Inbox => {
  const { store, house, pipeline, now } = deps;

  const turnRequest = (agent: Agent, at: number): Omit<TurnRequest, "trigger" | "conversation" | "merges"> => ({
    publicId: deps.newTurnId(),
    accountId: house.account,
    server: house.server,
    agentId: agent.agentId,
    agentName: agent.name,
    dueAt: at,
  });

  const toEvent = async (bot: Bot, event: Inbound, at: number): Promise<NewEvent> => {
    const ignored = refusal(event, at);
    const { sender } = event;
    const row: NewEvent = {
      at,
      botId: bot.id,
      keys: event.keys,
      chat: {
        key: `${bot.slug}:${event.to.chat}`,
        kind: event.chatKind,
        ...(event.chatTitle === undefined ? {} : { title: event.chatTitle }),
      },
      sender: {
        handle: `${bot.channelName}:${sender.realm ?? ""}:${sender.id}`,
        ...(sender.name === undefined ? {} : { name: sender.name }),
      },
      kind: event.kind,
      sentAt: event.sentAt,
      payload: {
        text: event.text,
        files: event.files,
        sender: { id: sender.id, ...(sender.name === undefined ? {} : { name: sender.name }) },
        ...(event.to.reply === undefined ? {} : { reply: event.to.reply }),
      },
      ...(ignored === undefined ? {} : { ignored }),
    };
    if (ignored !== undefined || event.kind !== "message") return row;
    const agent = await defaultAgent();
    const base = turnRequest(agent, at + debounceMs);
    const merges = event.chatKind === "direct";
    return { ...row, turn: { ...base, trigger: "message", conversation: deps.conversations, merges } };
  };

  const defaultAgent = async (): Promise<Agent> => {
    const [agent] = await house.agents();
    if (!agent) throw new Fault("letta_agent_missing", { message: "There is no agent to talk to." });
    return agent;
  };

  /** Commits may let a turn run, or stop some. */
  const follow = async (accepted: readonly Accepted[]): Promise<void> => {
    for (const one of accepted) {
      if (one.outcome === "queued" || one.outcome === "merged") pipeline.poke(one.lane);
      if (one.outcome === "stop") await pipeline.cancel(one.stopped);
    }
  };

  return {
    receive: async (bot, inbound, cursor) => {
      const at = now();
      const events = await Promise.all(inbound.map((event) => toEvent(bot, event, at)));
      const batch = { botId: bot.id, events, ...(cursor === undefined ? {} : { cursor }) };
      const accepted = await committed(store.write.acceptEvents(batch));
      await follow(accepted);
      return accepted;
    },
    request: async (request) => {
      const at = now();
      const { tokenId, chat, text, bodyHash, idempotencyKey } = request;
      const write = store.write.acceptEvent({
        at,
        botId: deps.apiBot,
        // Without a key of the caller's the request is its own: two equal requests are two messages.
        keys: [idempotencyKey === undefined ? `request:${deps.newKey()}` : `caller:${tokenId}:${idempotencyKey}`],
        bodyHash,
        chat: { key: chat === undefined ? `api:${tokenId}` : `api:${tokenId}/${chat}`, kind: "api", tokenId },
        kind: "message",
        sentAt: at,
        payload: { text, files: [] },
        turn: { ...turnRequest(request.agent, at), trigger: "api", conversation: request.conversation, merges: false },
      });
      const accepted = await committed(write);
      if (accepted.outcome === "queued") pipeline.poke(accepted.lane);
      if (accepted.outcome === "queued" || accepted.outcome === "duplicate") return accepted;
      throw new Fault("internal", { message: "A request was neither queued nor known." });
    },
  };
};
